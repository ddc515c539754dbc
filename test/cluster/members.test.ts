import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, inject, it } from "vitest";
import { LIMITS } from "../../sdk/protocol/index.ts";
import { elapse } from "../support/elapse.ts";
import { type Member, openMember } from "./support/member.ts";

const GRACE_MS = 1_000;
/** Nothing happens in this time that has not happened by its end: silence, grace and some. */
const LONG_AFTER_MS = 2_600;

const projectId = "p1";
let members: readonly [Member, Member, Member];
let failures: string[];

beforeEach(async () => {
  const prefix = `test-${randomUUID()}`;
  const open = () => openMember(inject("redisUrl"), prefix, { agentGraceMs: GRACE_MS });
  members = [await open(), await open(), await open()];
  failures = [];
  members[2].store.follow(projectId);
  await members[2].store.head(projectId);
  members[2].store.onCommit(({ events }) => {
    for (const { envelope } of events)
      if (envelope.event === "notify:session_failed") failures.push(envelope.sessionId ?? "");
  });
  await members[0].hub.mutations.execute(projectId, undefined, {
    ...{ op: "create", collection: "sessions", id: "s1" },
    value: { name: "one", status: "working" },
  });
});

const agentOn = (member: Member) => member.attach("/cli", { projectId, sessionId: "s1" });
const statusOf = async () => (await members[2].store.entity(projectId, "sessions", "s1"))?.["status"];

describe("an agent", () => {
  it("that is lost on one server and comes back on another within its grace is not missed", async () => {
    const [a, b] = members;
    const first = await agentOn(a);
    await a.request(first, "heartbeat", { status: "busy" });
    a.hub.detach(first, "transport close");
    const second = await agentOn(b);
    await b.request(second, "heartbeat", { status: "busy" });
    await elapse(LONG_AFTER_MS);
    expect(await statusOf()).toBe("working");
    // It says goodbye to the other server: nobody holds its old loss against it.
    b.hub.detach(second, "client namespace disconnect");
    await elapse(GRACE_MS * 2);
    expect([await statusOf(), failures]).toEqual(["working", []]);
  });

  it("whose server dies is given its grace by the others, and then fails once", async () => {
    const [a] = members;
    const agent = await agentOn(a);
    await a.request(agent, "heartbeat", { status: "busy" });
    await a.die();
    await expect.poll(() => statusOf()).toBe("failed");
    await elapse(GRACE_MS * 2);
    expect(failures).toEqual(["s1"]);
  });

  it("whose server dies and that comes back on another is not missed", async () => {
    const [a, b] = members;
    const agent = await agentOn(a);
    await a.request(agent, "heartbeat", { status: "busy" });
    await a.die();
    const again = await agentOn(b);
    await b.request(again, "heartbeat", { status: "busy" });
    await elapse(LONG_AFTER_MS);
    expect([await statusOf(), failures]).toEqual(["working", []]);
  });
});

describe("a server", () => {
  it("that nobody hears a project on is told nothing of it, and is from the first socket on", async () => {
    const [a, b] = members;
    const elsewhere = await b.attach("/cli", { projectId: "p2", agentId: "x" });
    const told: string[] = [];
    b.store.onCommit(({ projectId: of }) => told.push(of));
    const create = (id: string) =>
      a.hub.mutations.execute(projectId, undefined, {
        ...{ op: "create", collection: "tasks", id, value: { title: id } },
      });
    await create("t1");
    const socket = await b.attach("/ui", { projectId, protocol: 1, sync: {} });
    await expect.poll(() => socket.sent.map(({ event }) => event)).toContain("state:synced");
    expect(told).toEqual([]);
    await create("t2");
    await expect.poll(() => socket.sent.map(({ event }) => event)).toContain("task:created");
    expect(told).toEqual([projectId]);
    b.hub.detach(socket, "transport close");
    b.hub.detach(elsewhere, "transport close");
  });
});

describe("servers", () => {
  it("list each other's dev-sync clients, and not those of one that is gone", async () => {
    const [a, b] = members;
    const registration = {
      pushData: {
        ...{ isAppInit: true, triggerEvent: "register-client", appSockets: [] },
        pushRecepients: [{ cdObjId: { resourceGuid: "r1", resourceName: "one" }, subTypeId: 1 }],
        commTrack: { completed: false },
      },
    };
    const onA = await a.attach("/", { projectId });
    const onB = await b.attach("/", { projectId });
    const listed = async (): Promise<number> => {
      await b.request(onB, "register-client", registration);
      const { payload } = onB.sent.findLast(({ event }) => event === "push-registered-client") ?? {};
      return (payload as typeof registration).pushData.appSockets.length;
    };
    expect(await listed()).toBe(1);
    await a.request(onA, "register-client", registration);
    expect(await listed()).toBe(2);
    await a.die();
    await expect.poll(() => listed()).toBe(1);
  });

  it("know of activity on each other when a focus has to go", async () => {
    const [a, b] = members;
    const onA = await a.attach("/ui", { projectId, protocol: 1 });
    const onB = await b.attach("/ui", { projectId, protocol: 1 });
    const focus = (member: Member, peer: typeof onA, sessionId: string) =>
      member.request(peer, "focus:set", { sessionId, focused: true });
    const ids = Array.from({ length: LIMITS.maxFocused + 1 }, (_, index) => `f${index}`);
    for (const id of ids) {
      await a.hub.mutations.execute(projectId, undefined, {
        ...{ op: "create", collection: "sessions", id, value: { name: id } },
      });
    }
    const [quietest, second, ...others] = ids;
    const newest = others.pop();
    for (const id of [quietest, second, ...others]) await focus(a, onA, id ?? "");
    // The one that would have to go was looked at on the other server, which says so within a second.
    await focus(b, onB, quietest ?? "");
    await elapse(1_500);
    expect(await focus(a, onA, newest ?? "")).toMatchObject({ success: true, evicted: [second] });
  });
});
