// @vitest-environment jsdom
import { act, cleanup, render, renderHook, screen } from "@testing-library/react";
import { Activity, createElement, StrictMode, startTransition, useState } from "react";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createClient } from "../../sdk/client.ts";
import type { Client } from "../../sdk/interface.ts";
import { useClient, useEntity, useEvent, useSnapshot, useWhere } from "../../sdk/react/index.ts";
import { aTask, createMockServer, type MockServer } from "../../sdk/testing/index.ts";
import { PATIENCE_MS } from "../support/patience.ts";

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });

const url = "wss://live.example.com";
let mock: MockServer;
let made: Client[];
const make = (): Client => {
  const client = createClient({ url, projectId: "p1", ...mock.clientOptions });
  made.push(client);
  return client;
};
const live = async (): Promise<Client> => {
  const client = make();
  await client.connect();
  return client;
};
const names = (): string[] => made.map(({ status }) => status.getSnapshot().name);
const until = (fact: () => void): Promise<void> => act(() => vi.waitFor(fact, PATIENCE_MS));

beforeEach(() => {
  made = [];
  const tasks = [
    aTask({ id: "t1", title: "One", status: "todo" }),
    aTask({ id: "t2", title: "Two", status: "todo" }),
  ];
  mock = createMockServer({ url, projects: { p1: { tasks } } });
});
afterEach(async () => {
  cleanup();
  for (const client of made) await client.close();
  await mock.close();
});

describe("useSnapshot", () => {
  it("shows an optimistic edit in the same act, and the state of the connection", async () => {
    const client = await live();
    const Board = () => {
      const titles = useSnapshot(client.tasks).map(({ title }) => title);
      return createElement("p", { role: "note" }, `${useSnapshot(client.status).name}: ${titles.join(", ")}`);
    };
    render(createElement(StrictMode, null, createElement(Board)));
    expect(screen.getByRole("note").textContent).toBe("live: One, Two");

    act(() => {
      client.tasks.update("t1", (task) => {
        task.title = "Uno";
      });
    });
    expect(screen.getByRole("note").textContent).toBe("live: Uno, Two");
    act(() => mock.faults.offline());
    await until(() => expect(screen.getByRole("note").textContent).toMatch(/^(waiting|offline): Uno/));
    act(() => mock.faults.online());
    await until(() => expect(screen.getByRole("note").textContent).toBe("live: Uno, Two"));
  });

  it("gives every component of one render the same, also when an edit comes in the middle of it", async () => {
    const client = await live();
    const seen: (readonly [string | undefined, string | undefined])[] = [];
    const Reader = ({ isLate }: { isLate: boolean }) => {
      const title = useEntity(client.tasks, "t1")?.title;
      // Between the renders of two siblings.
      if (!isLate && title === "One") {
        client.tasks.update("t1", (task) => {
          task.title = "Uno";
        });
      }
      return createElement("i", null, title);
    };
    let show = (_: boolean): void => {};
    const App = () => {
      const [isShown, setShown] = useState(false);
      show = setShown;
      return isShown
        ? createElement(
            "p",
            null,
            createElement(Reader, { isLate: false }),
            createElement(Reader, { isLate: true }),
          )
        : null;
    };
    const { container } = render(createElement(App));
    new MutationObserver(() => {
      const [first, second] = container.querySelectorAll("i");
      seen.push([first?.textContent, second?.textContent]);
    }).observe(container, { subtree: true, childList: true, characterData: true });

    await act(async () => startTransition(() => show(true)));
    expect(seen.length).toBeGreaterThan(0);
    for (const [first, second] of seen) expect(first).toBe(second);
    expect(container.textContent).toBe("UnoUno");
  });

  it("renders on a server what the client holds, and connects nothing", () => {
    const App = () => {
      const client = useClient(make, []);
      return createElement("p", null, useSnapshot(client.status).name, useSnapshot(client.tasks).length);
    };
    expect(renderToString(createElement(App))).toBe("<p>idle<!-- -->0</p>");
    expect(names()).toEqual(["idle"]);
  });
});

describe("useEntity and useWhere", () => {
  it("render only for what they show", async () => {
    const client = await live();
    const renders = { entity: 0, where: 0 };
    const entity = renderHook(() => {
      renders.entity += 1;
      return useEntity(client.tasks, "t1");
    });
    const where = renderHook(
      ({ status }) => {
        renders.where += 1;
        return useWhere(client.tasks, (task) => task.status === status, [status]);
      },
      { initialProps: { status: "completed" } },
    );
    expect(where.result.current).toEqual([]);
    expect(renders).toEqual({ entity: 1, where: 1 });

    act(() => {
      client.tasks.update("t2", (task) => {
        task.title = "Due";
      });
    });
    expect(renders).toEqual({ entity: 1, where: 1 });
    act(() => {
      client.tasks.update("t1", (task) => {
        task.status = "completed";
      });
    });
    expect(entity.result.current?.status).toBe("completed");
    expect(where.result.current.map(({ id }) => id)).toEqual(["t1"]);
    where.rerender({ status: "todo" });
    expect(where.result.current.map(({ id }) => id)).toEqual(["t2"]);
    await until(() => expect(client.mutations.getSnapshot().pending).toEqual([]));
  });
});

describe("useEvent", () => {
  it("calls the newest listener, once for each event, and none after the component is gone", async () => {
    const client = await live();
    const heard: string[] = [];
    const { rerender, unmount } = renderHook(
      ({ name }) => useEvent(client, "task:created", ({ data }) => heard.push(`${name} ${data.id}`)),
      { initialProps: { name: "first" }, wrapper: StrictMode },
    );
    rerender({ name: "second" });
    mock.project("p1").create("tasks", { id: "t3", title: "Three" });
    await until(() => expect(heard).toEqual(["second t3"]));
    unmount();
    mock.project("p1").create("tasks", { id: "t4", title: "Four" });
    await until(() => expect(client.tasks.get("t4")).toBeDefined());
    expect(heard).toEqual(["second t3"]);
  });
});

describe("useClient", () => {
  it("keeps one connected client in a strict tree, and closes it with the component", async () => {
    const { result, unmount } = renderHook(() => useClient(make, []), { wrapper: StrictMode });
    await until(() => expect(result.current.status.getSnapshot().name).toBe("live"));
    expect(names().filter((name) => name !== "idle")).toEqual(["live"]);
    unmount();
    await until(() => expect(result.current.status.getSnapshot().name).toBe("closed"));
  });

  it("replaces the client when a dependency changes, and closes the old one", async () => {
    const { result, rerender } = renderHook(({ project }) => useClient(make, [project]), {
      initialProps: { project: "p1" },
    });
    await until(() => expect(names()).toEqual(["live"]));
    rerender({ project: "p2" });
    await until(() => expect(names()).toEqual(["closed", "live"]));
    expect(result.current).toBe(made[1]);
  });

  it("has a client that works when a hidden tree is shown again", async () => {
    let current: Client | undefined;
    const Child = () => {
      current = useClient(make, []);
      return null;
    };
    const tree = (mode: "visible" | "hidden") =>
      createElement(Activity, { mode, children: createElement(Child) });
    const { rerender } = render(tree("visible"));
    await until(() => expect(names()).toEqual(["live"]));
    rerender(tree("hidden"));
    await until(() => expect(names()[0]).toBe("closed"));
    rerender(tree("visible"));
    await until(() => expect(current?.status.getSnapshot().name).toBe("live"));
  });

  it("leaves a refusal to the status, and no promise unhandled", async () => {
    const client = createClient({ url, projectId: "secret", ...mock.clientOptions });
    made.push(client);
    mock.faults.rejectNext("FORBIDDEN");
    renderHook(() => useClient(() => client, []));
    await until(() =>
      expect(client.status.getSnapshot()).toMatchObject({ name: "refused", error: { code: "FORBIDDEN" } }),
    );
  });
});
