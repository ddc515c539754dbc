/*
 * What a test with a mock costs: `node bench/testing.ts`. Starting a mock, and a whole component test: mock, client,
 * React component in happy-dom, an edit that the server takes, and the end of all.
 */
import { Window } from "happy-dom";
import { createClient } from "../sdk/client.ts";
import { aTask, createMockServer } from "../sdk/testing/index.ts";
import { report } from "./report.ts";

const url = "wss://live.example.com";
const page = new Window({ url: "https://app.example.com" });
Object.assign(globalThis, {
  window: page,
  document: page.document,
  IS_REACT_ACT_ENVIRONMENT: true,
});
const { createElement, useSyncExternalStore } = await import("react");
const { cleanup, fireEvent, render, screen } = await import("@testing-library/react");

const projects = { p1: { tasks: [aTask({ id: "t1", title: "Write" })] } };
type Client = ReturnType<typeof createClient>;

function Tasks({ client }: { readonly client: Client }) {
  const tasks = useSyncExternalStore(client.tasks.subscribe, client.tasks.getSnapshot);
  const complete = (id: string) =>
    client.tasks.update(id, (task) => {
      task.status = "completed";
    });
  return createElement(
    "ul",
    null,
    tasks.map(({ id, title, status }) =>
      createElement("li", { key: id, onClick: () => complete(id) }, `${title}: ${status}`),
    ),
  );
}

async function componentTest(): Promise<void> {
  const mock = createMockServer({ projects });
  const client = createClient({ url, projectId: "p1", ...mock.clientOptions });
  await client.connect();
  render(createElement(Tasks, { client }));
  fireEvent.click(screen.getByText("Write: todo"));
  mock.project("p1").create("tasks", { title: "Review" });
  await screen.findByText("Write: completed");
  await screen.findByText("Review: todo");
  cleanup();
  await client.close();
  await mock.close();
}

/** Milliseconds of each of `runs`, sorted; the first ones, in which the code is compiled, are left out. */
async function measure(runs: number, run: () => unknown): Promise<readonly number[]> {
  const times: number[] = [];
  for (let n = 0; n < runs + 5; n += 1) {
    const startedAt = performance.now();
    await run();
    times.push(performance.now() - startedAt);
  }
  return times.slice(5).sort((a, b) => a - b);
}

const at = (times: readonly number[], share: number): number => times[Math.floor(times.length * share)] ?? 0;

const firstAt = performance.now();
await createMockServer({ projects }).close();
const first = performance.now() - firstAt;
const starts = await measure(500, () => createMockServer({ projects }));
const tests = await measure(100, componentTest);
const row = (name: string, times: readonly number[]): string[] => [
  name,
  ...[0.5, 0.95, 0.999].map((share) => `${at(times, share).toFixed(2)} ms`),
];
report("testing", [
  {
    title: "Tests with a mock",
    columns: ["", "median", "95 %", "worst"],
    rows: [
      ["the first mock of a process", `${first.toFixed(2)} ms`, "", ""],
      row("starting a mock", starts),
      row("a component test", tests),
    ],
    reaches: [
      { what: "starting a mock, median", value: at(starts, 0.5), atMost: 5, unit: " ms" },
      { what: "a component test, median", value: at(tests, 0.5), atMost: 50, unit: " ms" },
    ],
  },
]);
await page.happyDOM.close();
