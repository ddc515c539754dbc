import { Terminal } from "@xterm/xterm";
import { afterEach, beforeEach, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import { createClient } from "../../sdk/client.ts";
import { defineInspector, type HoldfastInspector } from "../../sdk/inspector/index.ts";
import type { Client } from "../../sdk/interface.ts";
import { attachTerminal } from "../../sdk/terminal/index.ts";
import { aTask, createMockServer, type MockServer } from "../../sdk/testing/index.ts";

let mock: MockServer;
let client: Client;
let inspector: HoldfastInspector;

beforeEach(async () => {
  mock = createMockServer({
    url: "wss://live.example.com",
    projects: { p1: { tasks: [aTask({ id: "t1", title: "One" })] } },
  });
  client = createClient({ url: "wss://live.example.com", projectId: "p1", ...mock.clientOptions });
  inspector = document.createElement("holdfast-inspector");
  document.body.append(inspector);
});
afterEach(async () => {
  inspector.remove();
  await client.close();
  await mock.close();
});

const pill = (): HTMLButtonElement | null | undefined => inspector.shadowRoot?.querySelector("button.pill");
const text = (): string => inspector.shadowRoot?.querySelector<HTMLElement>(".panel")?.innerText ?? "";

it("says what is missing while it has no client", () => {
  defineInspector();
  expect(pill()?.textContent).toContain("set its property");
});

it("shows the state and why, the position, pending writes and catch-ups, and follows them", async () => {
  inspector.client = client;
  await expect.poll(() => pill()?.textContent).toBe("idle");
  await client.connect();
  await expect.poll(() => pill()?.textContent).toBe("live");
  inspector.setAttribute("open", "");
  await expect.poll(text).toMatch(/Connection\s+live for \d+ s/);
  expect(text()).toMatch(/Position\s+\S+ : \d+/);
  expect(text()).toMatch(/snapshot\s+\w+\s+\d+/);
  expect(text()).toContain("Nothing waits for the server.");

  mock.faults.offline();
  client.tasks.update("t1", (task) => {
    task.title = "Uno";
  });
  await expect.poll(() => pill()?.textContent).toMatch(/in \d+ s; 1 pending/);
  await expect.poll(text).toMatch(/update tasks\s+t1\s+queued/);
  mock.project("p1").create("tasks", { id: "t2", title: "Two" });
  mock.faults.online();
  await expect.poll(text).toMatch(/delta\s+connect\s+1/);
  await expect.poll(text).toContain("Nothing waits for the server.");
});

it("shows each terminal's state until it is detached", async () => {
  inspector.client = client;
  inspector.setAttribute("open", "");
  await client.connect();
  await mock.project("p1").terminal("s1").write("hello");
  const terminal = new Terminal();
  const attachment = attachTerminal(client, { sessionId: "s1", terminal });
  await expect.poll(text).toMatch(/s1\s+live\s+\d+\s+\d+ B/);
  attachment.detach();
  await expect.poll(text).toContain("None attached.");
  terminal.dispose();
});

it("opens and closes by keyboard, and says so to assistive technology", async () => {
  inspector.client = client;
  pill()?.focus();
  await userEvent.keyboard("{Enter}");
  expect(pill()?.ariaExpanded).toBe("true");
  await expect.poll(text).toContain("not connected");
  await userEvent.keyboard("{Escape}");
  expect(pill()?.ariaExpanded).toBe("false");
  expect(inspector.shadowRoot?.querySelector<HTMLElement>(".panel")?.hidden).toBe(true);
});

it("filters the trace, pauses it, and exports all of it", async () => {
  inspector.client = client;
  inspector.setAttribute("open", "");
  await client.connect();
  const root = inspector.shadowRoot;
  const lines = (): string[] =>
    [...(root?.querySelectorAll(".frames li") ?? [])].map((li) => li.textContent ?? "");
  await expect.poll(lines).toContainEqual(expect.stringContaining("state:synced"));
  const filter = root?.querySelector("input");
  if (filter instanceof HTMLInputElement) await userEvent.fill(filter, "status");
  expect(lines().length).toBeGreaterThan(0);
  for (const line of lines()) expect(line).toContain("status");

  const click = HTMLAnchorElement.prototype.click;
  const kept: Promise<unknown>[] = [];
  HTMLAnchorElement.prototype.click = function (this: HTMLAnchorElement) {
    kept.push(fetch(this.href).then((response) => response.json()));
  };
  root?.querySelectorAll<HTMLButtonElement>(".tools button")[1]?.click();
  HTMLAnchorElement.prototype.click = click;
  expect(await kept[0]).toMatchObject({ clientId: client.clientId, dropped: 0 });
});

it("leaves nothing behind once it is removed or given another client", async () => {
  inspector.client = client;
  let subscribers = 0;
  const counted = {
    getSnapshot: () => client.trace.getSnapshot(),
    export: () => client.trace.export(),
    subscribe(listener: () => void) {
      subscribers += 1;
      const leave = client.trace.subscribe(listener);
      return () => {
        subscribers -= 1;
        leave();
      };
    },
  };
  inspector.client = { ...client, trace: counted };
  expect(subscribers).toBe(1);
  inspector.remove();
  expect(subscribers).toBe(0);
  document.body.append(inspector);
  expect(subscribers).toBe(1);
  inspector.client = undefined;
  expect(subscribers).toBe(0);
});
