import { randomUUID } from "node:crypto";
import { expect, inject, it } from "vitest";
import { signToken } from "../../server/auth/sign-token.ts";
import {
  ask,
  connected,
  event,
  openClient,
  type Running,
  requested,
  startServer,
} from "../gateway/running-server.ts";

/** Two servers on one Redis. */
async function twoServers(): Promise<readonly [Running, Running]> {
  const store = inject("redisUrl");
  return Promise.all([startServer({ store }), startServer({ store })]);
}

const auth = (projectId: string, more: object = {}) => ({ auth: { projectId, protocol: 1, ...more } });

it("a channel has one numbering, whichever server an event is published on, and is recovered on the other", async () => {
  const [a, b] = await twoServers();
  const projectId = randomUUID();
  const { socket: onA } = await connected(a.url, "/ui", auth(projectId));
  const { socket: onB } = await connected(b.url, "/ui", auth(projectId));
  const { socket: later } = await connected(a.url, "/ui", auth(projectId));
  const heard: { offset: number; data: number }[] = [];
  onB.on("channel:event", (told: { offset: number; data: number }) => heard.push(told));
  const start = await requested(onB, "channel:subscribe", { channel: "git" });
  expect(start).toMatchObject({ success: true, offset: 0, recovered: true, events: [] });
  for (let n = 1; n <= 20; n += 1) {
    const from = n % 2 === 0 ? onA : onB;
    const last = n === 20 ? event(onB, "channel:event") : undefined;
    expect(await requested(from, "channel:publish", { channel: "git", data: n })).toMatchObject({
      offset: n,
    });
    await last;
  }
  expect(heard.map(({ offset, data }) => [offset, data])).toEqual(
    Array.from({ length: 20 }, (_, index) => [index + 1, index + 1]),
  );
  const { epoch } = start as unknown as { epoch: string };
  const recovered = await requested(later, "channel:subscribe", {
    channel: "git",
    since: { epoch, offset: 15 },
  });
  expect(recovered).toMatchObject({
    recovered: true,
    offset: 20,
    events: [16, 17, 18, 19, 20].map((data) => ({ data })),
  });
  const lost = await requested(later, "channel:subscribe", {
    channel: "git",
    since: { epoch: "other", offset: 15 },
  });
  expect(lost).toMatchObject({ recovered: false, offset: 20 });
});

it("a session that is named before it is there is heard of from its first event on, made on the other server", async () => {
  const [a, b] = await twoServers();
  const projectId = randomUUID();
  const sessionId = randomUUID();
  const { socket: onA } = await connected(a.url, "/ui", auth(projectId));
  const { socket } = await connected(b.url, "/ui", auth("another"));
  expect(await requested(socket, "subscribe", { sessionIds: [sessionId] })).toMatchObject({ success: true });
  const created = event(socket, "session:created");
  const mutation = { op: "create", collection: "sessions", id: sessionId, value: { name: "one" } };
  await requested(onA, "mutate", { ...mutation, mutationId: `${randomUUID()}:1`, projectId });
  expect(await created).toMatchObject({ sessionId, projectId });
  const updated = event(socket, "session:updated");
  await ask(`${a.url}/api/sessions/${sessionId}?projectId=${projectId}`, {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "two" }),
  });
  expect(await updated).toMatchObject({ data: { name: "two" } });
});

it("a client that connects to another server replaces its older connection", async () => {
  const [a, b] = await twoServers();
  const projectId = randomUUID();
  const clientId = randomUUID();
  const { socket: first } = await connected(a.url, "/ui", auth(projectId, { clientId }));
  const replaced = event(first, "connection_replaced");
  const { socket: second } = await connected(b.url, "/ui", auth(projectId, { clientId }));
  expect(await replaced).toEqual({});
  expect(await requested(second, "project:list")).toMatchObject({ success: true });
  const back = event(second, "connection_replaced");
  const { socket: third } = await connected(a.url, "/ui", auth(projectId, { clientId }));
  await back;
  expect(await requested(third, "project:list")).toMatchObject({ success: true });
});

it("a bootstrap slot set on one server is replayed by the other, also by one that starts later", async () => {
  const [a, b] = await twoServers();
  const projectId = randomUUID();
  const { socket: onB } = await connected(b.url, "/ui", auth(projectId));
  const told = event(onB, "bootstrap");
  a.server.bootstrap.set(projectId, "welcome", { hello: 1 });
  expect(await told).toMatchObject({ slot: "welcome", payload: { hello: 1 } });
  const again = event(onB, "bootstrap");
  a.server.bootstrap.set(projectId, "no-trace", { hello: 2 });
  expect(await again).toMatchObject({ slot: "no-trace", index: 0, total: 1 });
  const late = await startServer({ store: inject("redisUrl") });
  const page = openClient(late.url, "/ui", auth(projectId));
  expect(await event(page, "bootstrap")).toMatchObject({ slot: "no-trace", payload: { hello: 2 } });
});

it("dev-sync clients of two servers see and hear one another", async () => {
  const [a, b] = await twoServers();
  const projectId = randomUUID();
  const { socket: onA } = await connected(a.url, "/", auth(projectId));
  const { socket: onB } = await connected(b.url, "/", auth(projectId));
  const registration = {
    pushData: {
      isAppInit: true,
      triggerEvent: "register-client",
      appSockets: [],
      pushRecepients: [{ cdObjId: { resourceGuid: "r1", resourceName: "one" }, subTypeId: 1 }],
      commTrack: { completed: false },
    },
  };
  await requested(onA, "register-client", registration);
  const listed = event(onB, "push-registered-client");
  await requested(onB, "register-client", registration);
  const { pushData } = (await listed) as { pushData: { appSockets: unknown[] } };
  expect(pushData.appSockets).toHaveLength(2);
  const saved = event(onA, "push-dev-save");
  await requested(onB, "dev-save", { path: "a.ts", event: "change" });
  expect(await saved).toEqual({ path: "a.ts", event: "change" });
});

it("the rate of a principal counts on all servers together", async () => {
  const store = inject("redisUrl");
  const secret = randomUUID();
  const options = { store, auth: { secret } };
  const servers = [await startServer(options), await startServer(options)];
  const now = Date.now();
  const projectId = randomUUID();
  const token = await signToken({ secret, userId: projectId, projects: "*", lifetimeMs: 60_000, now });
  // Each socket may send a burst of 20; all of a principal's together four times that.
  const sockets = [];
  for (const { url } of [...servers, ...servers, ...servers])
    sockets.push((await connected(url, "/ui", auth(projectId, { token }))).socket);
  const since = performance.now();
  const answers = await Promise.all(
    sockets.flatMap((socket) =>
      Array.from({ length: 20 }, () =>
        requested(socket, "mail:send", { type: "note", subject: "s", body: "b" }),
      ),
    ),
  );
  const taken = answers.filter(({ code }) => code !== "RATE_LIMITED").length;
  // The bucket fills by 20 a second while it is drawn from.
  const filled = (20 * (performance.now() - since)) / 1_000;
  expect(taken).toBeLessThanOrEqual(85 + filled);
  expect(taken).toBeGreaterThanOrEqual(60);
});
