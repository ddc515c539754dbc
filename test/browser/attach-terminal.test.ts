import { Terminal } from "@xterm/xterm";
import { afterEach, beforeEach, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import { createClient } from "../../sdk/client.ts";
import type { Client } from "../../sdk/interface.ts";
import { type Attachment, attachTerminal } from "../../sdk/terminal/index.ts";
import { createMockServer, type MockServer } from "../../sdk/testing/index.ts";
import "@xterm/xterm/css/xterm.css";

const URL = "wss://live.example.com";
let mock: MockServer;
let client: Client;
let terminal: Terminal;
let attachment: Attachment;
let element: HTMLElement;

beforeEach(async () => {
  mock = createMockServer({ url: URL });
  client = createClient({ url: URL, projectId: "p1", ...mock.clientOptions });
  await client.connect();
  element = document.createElement("div");
  document.body.append(element);
  terminal = new Terminal({ cols: 40, rows: 6, allowProposedApi: true });
  terminal.open(element);
  await mock.project("p1").terminal("s1").write("first line\r\n");
  attachment = attachTerminal(client, { sessionId: "s1", terminal });
  await expect.poll(() => attachment.getSnapshot().status).toBe("live");
});

afterEach(async () => {
  attachment.detach();
  terminal.dispose();
  element.remove();
  await client.close();
  await mock.close();
});

/** What a person reads: the rows that xterm.js drew. */
const drawn = (): string[] =>
  [...element.querySelectorAll(".xterm-rows > div")].map((row) => (row.textContent ?? "").trimEnd());

it("draws a shared terminal in the page, and after a cut what was missed, once, in the same element", async () => {
  await expect.poll(() => drawn()[0]).toBe("first line");
  const screen = element.querySelector(".xterm-screen");

  mock.faults.offline();
  await mock.project("p1").terminal("s1").write("\u001b[1mmissed\u001b[0m meanwhile\r\n");
  mock.faults.online();

  await expect.poll(() => drawn().slice(0, 3)).toEqual(["first line", "missed meanwhile", ""]);
  expect(element.querySelector(".xterm-screen")).toBe(screen);
  expect(element.querySelector(".xterm-bold")?.textContent).toBe("missed");
});

it("brings what is typed into the page's own terminal to the process", async () => {
  terminal.focus();
  await userEvent.keyboard("x");
  terminal.paste("pasted");
  await expect.poll(() => mock.project("p1").terminal("s1").typed.join("")).toBe("xpasted");
});
