/*
 * What has to hold wherever an application tests with msw. Runs as it stands in each environment, over the packed
 * package: `test` and timers are the runner's, `use` gives handlers to msw.
 */

const rename = (title) => (task) => {
  task.title = title;
};

const url = "wss://live.example.com";

function equal(actual, expected, what) {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: ${a}, not ${b}`);
}

/** A promise that has to settle, on the real clock. */
function inTime(promise, what) {
  const late = new Promise((_, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what}: not in time`)), 5_000);
    timer.unref?.();
  });
  return Promise.race([promise, late]);
}

/**
 * @param {object} runner
 * @param {(name: string, run: () => Promise<void>) => void} runner.test
 * @param {(handlers: unknown[]) => Promise<{ reset(): void, requests(): string[] }>} runner.use gives handlers to the
 *   one msw of the file; `reset` takes them away; `requests`: what msw saw of HTTP to the mock since
 * @param {{ install(): void, advance(ms: number): Promise<void>, uninstall(): void }} runner.timers
 */
export function checks({ test, use, timers }) {
  /** Closes all, and says so when something else than a WebSocket carried it: that would be a detour. */
  async function end(client, mock, msw) {
    await client.close();
    await mock.close();
    msw.reset();
    equal(msw.requests(), [], "requests beside the WebSocket");
  }
  const load = async () => ({ ...(await import("holdfast")), ...(await import("holdfast/testing")) });

  // The first one, while nothing has imported `holdfast` yet.
  test("msw that listens before the client is imported", async () => {
    const { createMockServer } = await import("holdfast/testing");
    const mock = createMockServer({ url });
    const msw = await use(mock.handlers);
    const { createClient } = await import("holdfast");
    const client = createClient({ url, projectId: "p1", ...mock.clientOptions });
    await inTime(client.connect(), "connect");
    await end(client, mock, msw);
  });

  test("edits, events and terminals go through msw", async () => {
    const { createClient, createMockServer, aTask } = await load();
    const mock = createMockServer({ url, projects: { p1: { tasks: [aTask({ id: "t1", title: "One" })] } } });
    const msw = await use(mock.handlers);
    const client = createClient({ url, projectId: "p1", ...mock.clientOptions });
    await inTime(client.connect(), "connect");
    await inTime(client.tasks.update("t1", rename("Two")).synced, "synced");
    equal(mock.project("p1").state().tasks[0].title, "Two", "title");
    const heard = new Promise((resolve) => client.on("task:created", resolve));
    mock.project("p1").create("tasks", { title: "Theirs" });
    equal((await inTime(heard, "task:created")).data.title, "Theirs", "their title");
    await inTime(
      mock
        .project("p1")
        .terminal("s1")
        .write(new Uint8Array([104, 105])),
      "terminal write",
    );
    await end(client, mock, msw);
  });

  test("handlers that come after the client was made", async () => {
    const { createClient, createMockServer } = await load();
    const mock = createMockServer({ url });
    const { handlers } = mock;
    const client = createClient({ url, projectId: "p1", ...mock.clientOptions });
    const msw = await use(handlers);
    await inTime(client.connect(), "connect");
    await end(client, mock, msw);
  });

  test("resetHandlers leaves a connection alone, and mock.reset ends it", async () => {
    const { createClient, createMockServer } = await load();
    const mock = createMockServer({ url });
    const msw = await use(mock.handlers);
    const client = createClient({ url, projectId: "p1", ...mock.clientOptions });
    await inTime(client.connect(), "connect");
    msw.reset();
    await inTime(client.tasks.create({ title: "kept" }).synced, "synced");
    await use(mock.handlers);
    mock.reset();
    await inTime(
      new Promise((resolve) =>
        client.status.subscribe(() => client.status.getSnapshot().name === "waiting" && resolve()),
      ),
      "waiting",
    );
    await inTime(client.whenLive(), "live again");
    equal(client.tasks.list(), [], "tasks after the reset");
    await end(client, mock, msw);
  });

  test("offline reaches no network, and online is live again", async () => {
    const { createClient, createMockServer } = await load();
    const mock = createMockServer({ url });
    const msw = await use(mock.handlers);
    const client = createClient({ url, projectId: "p1", ...mock.clientOptions });
    await inTime(client.connect(), "connect");
    mock.faults.offline();
    const made = client.tasks.create({ title: "offline" });
    equal(mock.project("p1").state().tasks, [], "tasks on the server");
    mock.faults.online();
    await inTime(made.synced, "synced");
    await end(client, mock, msw);
  });

  test("fake timers drive heartbeats, latency and retries", async () => {
    const { createClient, createMockServer } = await load();
    timers.install();
    try {
      const mock = createMockServer({ url });
      const msw = await use(mock.handlers);
      const client = createClient({ url, projectId: "p1", ...mock.clientOptions });
      const connected = client.connect();
      for (let n = 0; n < 20; n += 1) await timers.advance(10);
      await connected;
      await timers.advance(300_000);
      equal(client.status.getSnapshot().name, "live", "status after five minutes");
      mock.faults.drop();
      for (let n = 0; n < 20; n += 1) await timers.advance(100);
      equal(client.status.getSnapshot().name, "live", "status after a drop");
      await end(client, mock, msw);
    } finally {
      timers.uninstall();
    }
  });

  // The last one: the runner has to end by itself after it.
  test("a test that forgets to close anything", async () => {
    const { createClient, createMockServer } = await load();
    const mock = createMockServer({ url: "wss://forgotten.example.com" });
    await use(mock.handlers);
    const client = createClient({
      url: "wss://forgotten.example.com",
      projectId: "p1",
      ...mock.clientOptions,
    });
    await inTime(client.connect(), "connect");
    client.tasks.create({ title: "on its way" });
    mock.faults.drop();
  });
}
