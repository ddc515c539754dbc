import xterm from "@xterm/headless";
import { createClient } from "holdfast";
import { attachTerminal } from "holdfast/terminal";
import { aSession, createMockServer } from "holdfast/testing";
import { setupServer } from "msw/node";
import { afterAll, beforeAll, expect, test } from "vitest";

const url = "wss://live.example.com";
const mock = createMockServer({ url, projects: { p1: { sessions: [aSession({ id: "s1" })] } } });
const msw = setupServer(...mock.handlers);

beforeAll(() => msw.listen());
afterAll(async () => {
  await mock.close();
  msw.close();
});

test("a terminal shows its process, takes what is typed, and outlives the network", async () => {
  const client = createClient({ url, projectId: "p1", ...mock.clientOptions });
  await client.connect();
  const process = mock.project("p1").terminal("s1");
  // In the page this is xterm.js itself; it has the same interface.
  const terminal = new xterm.Terminal({ cols: 80, rows: 24, allowProposedApi: true });
  const line = () => terminal.buffer.active.getLine(0)?.translateToString(true);
  const attachment = attachTerminal(client, { sessionId: "s1", terminal });

  await process.write("$ ");
  await expect.poll(line).toBe("$ ");
  attachment.write("ls\r");
  await expect.poll(() => process.typed).toEqual(["ls\r"]);

  mock.faults.drop();
  await process.write("ls");
  await expect.poll(line, { timeout: 10_000 }).toBe("$ ls");

  await process.exit(0);
  await expect.poll(() => attachment.getSnapshot()).toMatchObject({ status: "exited", exitCode: 0 });
  attachment.detach();
  await client.close();
});
