import { describe, expect, test } from "vitest";
import { HoldfastError } from "../../sdk/errors.ts";
import { isNewer, showFocus } from "../../sdk/focus/focus-intent.ts";
import { createFocus } from "../../sdk/focus/index.ts";
import type { FocusState } from "../../sdk/protocol/index.ts";
import { createFakeLink, settled } from "../state/fake-link.ts";

function state(version: number, sessions: readonly string[], more: Partial<FocusState> = {}): FocusState {
  const list = { focusedSessions: sessions, totalFocused: sessions.length };
  return { projectId: "p1", ...list, maxFocused: 4, version, epoch: "e1", ...more };
}

function open() {
  const link = createFakeLink();
  const errors: unknown[] = [];
  const focus = createFocus({
    link,
    projectId: "p1",
    onError: (error) => void errors.push(error),
    trace() {},
  });
  const shown: string[] = [];
  focus.subscribe(() => {
    const sessions = focus.getSnapshot().focusedSessions.join("");
    if (shown.at(-1) !== sessions) shown.push(sessions);
  });
  link.goUp();
  focus.take(state(1, ["a"]));
  shown.length = 0;
  const conflict = (now: FocusState): HoldfastError =>
    new HoldfastError("CONFLICT", "stale", { details: now as unknown as Record<string, unknown> });
  return { link, focus, shown, errors, conflict };
}

describe("a state", () => {
  test.each([
    ["of another epoch", state(1, [], { epoch: "e2" }), true],
    ["of a higher version", state(6, []), true],
    ["of the same version", state(5, []), false],
    ["of a lower version", state(4, []), false],
  ] as const)("%s is taken accordingly", (_, next, isTaken) => {
    expect(isNewer(next, state(5, []))).toBe(isTaken);
  });

  test.each([
    [["a"], "b", true, "ab"],
    [["a"], "a", true, "a"],
    [["a", "b"], "a", false, "b"],
    [["a", "b", "c", "d"], "e", true, "bcde"],
  ] as const)("%j with %s focused: %s shows %s", (sessions, sessionId, focused, result) => {
    const shown = showFocus(state(1, sessions), [{ sessionId, focused }]);
    expect(shown.focusedSessions.join("")).toBe(result);
    expect(shown.totalFocused).toBe(result.length);
  });
});

test("updates are taken if they are news, whoever made them", () => {
  const { link, focus, shown } = open();
  const update = (version: number, sessions: string[]) =>
    link.say("focus_update", {
      type: "focus_update",
      sessionId: "x",
      focused: true,
      timestamp: 0,
      ...state(version, sessions),
    });
  update(3, ["a", "c"]);
  update(2, ["b"]);
  expect(shown).toEqual(["ac"]);
  expect(focus.getSnapshot()).toEqual(state(3, ["a", "c"]));
  link.say("focus_update", { ...state(9, ["z"]), projectId: "other" });
  expect(focus.getSnapshot().version).toBe(3);
});

test("a set is shown at once and resolves with the server's state, eviction shown", async () => {
  const { link, focus, shown } = open();
  const set = focus.set("b", true);
  expect(shown).toEqual(["ab"]);
  expect(link.open[0]).toMatchObject({
    event: "focus:set",
    payload: { projectId: "p1", sessionId: "b", focused: true, expectedVersion: 1 },
  });
  const now = state(2, ["b"]);
  link.open[0]?.answer({ success: true, ...now, evicted: ["a"] });
  await expect(set).resolves.toMatchObject({ focusedSessions: ["b"] });
  expect(shown).toEqual(["ab", "b"]);
  expect(focus.getSnapshot()).toEqual(now);
});

test("an ack that is older than an update already here is not taken", async () => {
  const { link, focus } = open();
  const set = focus.set("b", true);
  link.say("focus_update", { ...state(3, ["a", "b", "c"]) });
  link.open[0]?.answer({ success: true, ...state(2, ["a", "b"]) });
  await set;
  expect(focus.getSnapshot()).toEqual(state(3, ["a", "b", "c"]));
});

test("a toggle goes by what is shown", async () => {
  const { link, focus } = open();
  void focus.toggle("a");
  expect(link.open[0]?.payload).toMatchObject({ sessionId: "a", focused: false });
  void focus.toggle("b");
  void focus.toggle("b");
  expect(focus.getSnapshot().focusedSessions).toEqual([]);
});

test("a set that met somebody else's change at the same moment is tried again on what is there now", async () => {
  const { link, focus, shown, conflict } = open();
  const set = focus.set("a", false);
  link.open[0]?.refuse(conflict(state(3, ["a", "b"])));
  await settled();
  expect(link.open[0]?.payload).toMatchObject({ sessionId: "a", focused: false, expectedVersion: 3 });
  link.open[0]?.answer({ success: true, ...state(4, ["b"]) });
  await expect(set).resolves.toMatchObject({ version: 4 });
  expect(shown).toEqual(["", "b"]);
});

test("a conflict whose state is what was wanted is no conflict", async () => {
  const { link, focus, conflict } = open();
  const set = focus.set("b", true);
  link.open[0]?.refuse(conflict(state(3, ["b"])));
  await expect(set).resolves.toMatchObject({ version: 3 });
  expect(link.open).toEqual([]);
});

test("conflicts without end are given up", async () => {
  const { link, focus, conflict } = open();
  const set = focus.set("b", true);
  for (let version = 2; link.open.length > 0; version++) {
    link.open[0]?.refuse(conflict(state(version, [])));
    await settled();
  }
  await expect(set).rejects.toMatchObject({ code: "CONFLICT" });
  expect(link.requests).toHaveLength(5);
  expect(focus.getSnapshot().focusedSessions).toEqual([]);
});

test("a client that slept does not move focus back", async () => {
  const { link, focus, conflict, shown } = open();
  const set = focus.set("b", true);
  link.goDown();
  await settled();
  expect(shown).toEqual(["ab"]);
  link.goUp();
  focus.take(state(7, ["c"]));
  focus.resume?.();
  expect(link.open[0]?.payload).toMatchObject({ sessionId: "b", expectedVersion: 1 });
  link.open[0]?.refuse(conflict(state(7, ["c"])));
  await expect(set).rejects.toMatchObject({ code: "CONFLICT" });
  expect(focus.getSnapshot()).toEqual(state(7, ["c"]));
  expect(link.open).toEqual([]);
});

test("a wish of an older history is dropped", async () => {
  const { link, focus } = open();
  const set = focus.set("b", true);
  link.goDown();
  link.goUp();
  focus.take(state(0, [], { epoch: "e2" }));
  focus.resume?.();
  await expect(set).rejects.toMatchObject({ code: "CONFLICT" });
  expect(link.open).toEqual([]);
  expect(focus.getSnapshot()).toEqual(state(0, [], { epoch: "e2" }));
});

test("wishes made offline go when the link is up again, the last for each session", async () => {
  const { link, focus } = open();
  link.goDown();
  const [first, last, other] = [focus.set("b", true), focus.set("b", false), focus.set("c", true)];
  expect(focus.getSnapshot().focusedSessions).toEqual(["a", "c"]);
  link.goUp();
  focus.resume?.();
  expect(link.open.map(({ payload }) => [payload["sessionId"], payload["focused"]])).toEqual([
    ["b", false],
    ["c", true],
  ]);
  link.open[0]?.answer({ success: true, ...state(1, ["a"]) });
  await expect(Promise.all([first, last])).resolves.toHaveLength(2);
  link.open[0]?.answer({ success: true, ...state(2, ["a", "c"]) });
  await expect(other).resolves.toMatchObject({ version: 2 });
});

test("a later wish for a session waits for the earlier one's answer and goes on from there", async () => {
  const { link, focus, shown } = open();
  const first = focus.set("b", true);
  const second = focus.set("b", false);
  expect([link.open.length, shown]).toEqual([1, ["ab", "a"]]);
  link.open[0]?.answer({ success: true, ...state(2, ["a", "b"]) });
  await first;
  await settled();
  expect(link.open[0]?.payload).toMatchObject({ focused: false, expectedVersion: 2 });
  link.open[0]?.answer({ success: true, ...state(3, ["a"]) });
  await expect(second).resolves.toMatchObject({ version: 3 });
  expect(shown).toEqual(["ab", "a"]);
});

test("an earlier wish cut off by a break is answered by the later one", async () => {
  const { link, focus } = open();
  const [first, second] = [focus.set("b", true), focus.set("b", false)];
  link.goDown();
  await settled();
  link.goUp();
  focus.resume?.();
  link.open[0]?.answer({ success: true, ...state(1, ["a"]) });
  await expect(Promise.all([first, second])).resolves.toHaveLength(2);
});

test("a refusal takes the wish off the screen", async () => {
  const { link, focus, shown } = open();
  const set = focus.set("nobody", true);
  link.open[0]?.refuse(new HoldfastError("NOT_FOUND", "no"));
  await expect(set).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(shown).toEqual(["anobody", "a"]);
});

test("another project forgets, a disposed part listens no more", async () => {
  const { link, focus } = open();
  const set = focus.set("b", true);
  focus.reset?.("p2");
  await expect(set).rejects.toMatchObject({ code: "CLOSED" });
  expect(focus.getSnapshot()).toMatchObject({ projectId: "p2", focusedSessions: [], version: 0 });
  focus.dispose();
  expect(link.listeners).toBe(0);
});
