import xterm from "@xterm/headless";
import { setupServer } from "msw/node";
import { afterEach, expect, test } from "vitest";
import { createClient } from "../../sdk/client.ts";
import { attachTerminal } from "../../sdk/terminal/index.ts";
import { aTask, createMockServer } from "../../sdk/testing/index.ts";
import { eventually, statuses } from "./on-both.ts";

/** What has to hold wherever tests pretend to be a page. */
export function testInAPage(name: string): void {
  const url = "wss://live.example.com";
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  test(`in ${name} the handlers carry edits, offline never reaches a network, and online is live again`, async () => {
    expect(typeof window).toBe("object");
    const mock = createMockServer({ url, projects: { p1: { tasks: [aTask({ id: "t1" })] } } });
    const server = setupServer(...mock.handlers);
    server.listen({ onUnhandledFrame: "error" });
    const client = createClient({ url, projectId: "p1", ...mock.clientOptions });
    closers.push(
      () => server.close(),
      () => mock.close(),
      () => client.close(),
    );
    await client.connect();
    await client.tasks.create({ title: "new" }).synced;
    const seen = statuses(client);
    mock.faults.offline();
    const edit = client.tasks.remove("t1");
    // A second attempt has failed too.
    await eventually(() => seen.filter(({ name }) => name === "waiting").length).toBeGreaterThan(1);
    mock.faults.online();
    await edit.synced;
    await mock.project("p1").terminal("s1").write("bytes \u20ac");
    const screen = new xterm.Terminal({ cols: 80, rows: 24, allowProposedApi: true });
    const attachment = attachTerminal(client, { sessionId: "s1", terminal: screen });
    await eventually(() => screen.buffer.active.getLine(0)?.translateToString(true)).toBe("bytes \u20ac");
    attachment.write("typed");
    await eventually(() => mock.project("p1").terminal("s1").typed).toEqual(["typed"]);
    attachment.detach();
    expect(mock.project("p1").state()).toMatchObject({ tasks: [{ title: "new" }], sessions: [{ id: "s1" }] });
  });
}
