import xterm, { type Terminal } from "@xterm/headless";
import { expect, test } from "vitest";
import { z } from "zod";
import { createClient } from "../../sdk/client.ts";
import { collection, defineCollections } from "../../sdk/protocol/collection.ts";
import { attachTerminal } from "../../sdk/terminal/index.ts";
import {
  aMail,
  aProject,
  aSession,
  aTask,
  aTeamMember,
  createMockServer,
  loadEmulator,
} from "../../sdk/testing/index.ts";
import { describeOnBoth, eventually } from "./on-both.ts";

describeOnBoth("a second user", (open) => {
  test("creates, updates and removes; the application hears of it", async () => {
    const { mock, live } = open();
    const client = await live();
    const p1 = mock.project("p1");
    const made = p1.create("tasks", { title: "Theirs" });
    p1.update("tasks", made.id, { status: "completed" });
    await eventually(() => client.tasks.get(made.id)).toMatchObject({ title: "Theirs", status: "completed" });
    p1.remove("tasks", made.id);
    await eventually(() => client.tasks.list()).toEqual([]);
  });

  test("publishes and focuses", async () => {
    const { mock, live } = open({ projects: { p1: { sessions: [aSession({ id: "s1" })] } } });
    const client = await live();
    const heard: unknown[] = [];
    client.channel("git").subscribe((data) => heard.push(data));
    await eventually(() => mock.sent.some(({ event }) => event === "channel:subscribe")).toBe(true);
    await mock.project("p1").publish("git", { type: "commit", message: "one" });
    await eventually(() => heard).toEqual([{ type: "commit", message: "one" }]);
    await mock.project("p1").focus("s1");
    await eventually(() => client.focus.getSnapshot()).toMatchObject({ focusedSessions: ["s1"] });
  });

  test("writes to a terminal, reads what was typed, and is lost and back", async () => {
    const { mock, live } = open({ projects: { p1: { sessions: [aSession({ id: "s1" })] } } });
    const client = await live();
    const terminal = mock.project("p1").terminal("s1");
    await terminal.write("hello ");
    const screen = new xterm.Terminal({ cols: 80, rows: 24, allowProposedApi: true });
    const attachment = attachTerminal(client, { sessionId: "s1", terminal: screen });
    await eventually(() => attachment.getSnapshot().status).toBe("live");
    await terminal.write(new TextEncoder().encode("world"));
    await eventually(() => textOf(screen)).toMatch(/hello world/);
    attachment.write("ls\r");
    await eventually(() => terminal.typed).toEqual(["ls\r"]);
    terminal.lose();
    await eventually(() => attachment.getSnapshot().status).toBe("owner-lost");
    await terminal.write("!");
    await eventually(() => attachment.getSnapshot().status).toBe("live");
    mock.faults.restart();
    await terminal.write("?");
    await eventually(() => textOf(screen)).toMatch(/hello world!\?/);
    await terminal.exit(3);
    await eventually(() => attachment.getSnapshot()).toMatchObject({ status: "exited", exitCode: 3 });
    attachment.detach();
  });
});

test("with an emulator a terminal is brought to its exact state", async () => {
  const mock = createMockServer({ emulator: await loadEmulator() });
  const client = createClient({ url: "wss://live.example.com", projectId: "p1", ...mock.clientOptions });
  await client.connect();
  const terminal = mock.project("p1").terminal("s1");
  await terminal.write("x".repeat(70_000));
  await terminal.write("\x1b[2J\x1b[Hexactly \x1b[?1049h\x1b[Hother");
  const screen = new xterm.Terminal({ cols: 80, rows: 24, allowProposedApi: true });
  const attachment = attachTerminal(client, { sessionId: "s1", terminal: screen });
  await eventually(() => textOf(screen)).toBe("other");
  expect(screen.buffer.active.type).toBe("alternate");
  attachment.detach();
  await client.close();
  await mock.close();
});

test("what breaks a rule of the server says which", () => {
  const mock = createMockServer();
  expect(() => mock.project("p1").create("tasks", { title: "" })).toThrow(
    /create tasks mock-\d+ in p1: title: /,
  );
  expect(() => mock.project("p1").update("tasks", "none", { title: "x" })).toThrow(/There is no task none/);
  expect(() =>
    createMockServer({ projects: { p1: { tasks: [aTask({ status: "nonsense" as never })] } } }),
  ).toThrow(/status/);
});

test("seeds are linked and claimed as the server would have it", () => {
  const mock = createMockServer({
    projects: {
      p1: {
        project: aProject({ name: "One" }),
        tasks: [aTask({ id: "t1", sessionIds: ["s1"], claimedBy: "s1" })],
        sessions: [aSession({ id: "s1" })],
        teamMembers: [aTeamMember({ id: "m1" })],
        mail: [aMail({ id: "l1" })],
      },
    },
  });
  expect(mock.project("p1").state()).toMatchObject({
    project: { id: "p1", name: "One" },
    tasks: [{ id: "t1", claimedBy: "s1", sessionIds: ["s1"] }],
    sessions: [{ id: "s1", taskIds: ["t1"] }],
    teamMembers: [{ id: "m1" }],
    mail: [{ id: "l1" }],
  });
  expect(mock.project("p2").state()).toMatchObject({ project: null, tasks: [] });
});

test("declared collections carry over, with their types", async () => {
  const widgets = collection("widget", z.object({ size: z.number() }));
  const collections = defineCollections({ widgets });
  const mock = createMockServer({ collections, projects: { p1: { widgets: [{ id: "w1", size: 1 }] } } });
  const client = createClient({ url: "wss://live.example.com", projectId: "p1", ...mock.clientOptions });
  await client.connect();
  expect(client.collection("widgets").get("w1")?.size).toBe(1);
  const size: number = mock.project("p1").update("widgets", "w1", { size: 2 }).size;
  expect(mock.project("p1").state().widgets[0]?.size).toBe(size);
  // @ts-expect-error a widget has a size
  expect(() => mock.project("p1").create("widgets", {})).toThrow(/size/);
  // @ts-expect-error a task has a title
  expect(() => mock.project("p1").create("tasks", {})).toThrow(/title/);
  // @ts-expect-error there is no such collection
  expect(() => mock.project("p1").create("gadgets", {})).toThrow(/gadgets/);
  await client.close();
  await mock.close();
});

function textOf(screen: Terminal): string {
  return screen.buffer.active.getLine(0)?.translateToString(true) ?? "";
}
