import { describe, expect, test } from "vitest";
import { createOutbox } from "../../sdk/agent/workspace/outbox.ts";
import { HoldfastError } from "../../sdk/errors.ts";
import { createManualClock } from "../support/manual-clock.ts";

function opened() {
  const clock = createManualClock();
  const errors: unknown[] = [];
  const sent: string[] = [];
  let failure: Error | undefined;
  const outbox = createOutbox({ schedule: clock.schedule, onError: (error) => errors.push(error) });
  const add = (key: string, text = key): void =>
    outbox.add(key, async () => {
      if (failure !== undefined) throw failure;
      sent.push(text);
    });
  const fail = (error: Error | undefined): void => {
    failure = error;
  };
  return { outbox, add, fail, sent, errors, clock };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("an outbox", () => {
  test("keeps what cannot be sent, in order, the last of each key, until it is told to go on", async () => {
    const { outbox, add, fail, sent } = opened();
    fail(new HoldfastError("OFFLINE", "away"));
    add("a", "a1");
    add("b");
    add("a", "a2");
    await turn();
    expect(sent).toEqual([]);
    fail(undefined);
    outbox.resume();
    await turn();
    expect(sent).toEqual(["b", "a2"]);
    expect(await outbox.flushed(0)).toBe(true);
  });

  test("waits as long as a limit says, and goes on by itself", async () => {
    const { add, fail, sent, clock } = opened();
    fail(new HoldfastError("RATE_LIMITED", "slower", { retryAfterMs: 300 }));
    add("a");
    await turn();
    fail(undefined);
    clock.advance(299);
    await turn();
    expect(sent).toEqual([]);
    clock.advance(1);
    await turn();
    expect(sent).toEqual(["a"]);
  });

  test("leaves what is refused for good, says so, and goes on with the next", async () => {
    const { outbox, errors, sent } = opened();
    outbox.add("a", () => Promise.reject(new HoldfastError("FORBIDDEN", "no")));
    outbox.add("b", async () => void sent.push("b"));
    await turn();
    expect(sent).toEqual(["b"]);
    expect(errors).toMatchObject([{ code: "FORBIDDEN" }]);
  });

  test("drops the oldest beyond 10,000, and says so once", async () => {
    const { outbox, add, fail, sent, errors } = opened();
    fail(new HoldfastError("OFFLINE", "away"));
    for (let n = 0; n < 10_005; n += 1) add(String(n));
    fail(undefined);
    outbox.resume();
    expect(await outbox.flushed(1_000)).toBe(true);
    expect(sent).toHaveLength(10_000);
    expect(sent[0]).toBe("5");
    expect(errors).toHaveLength(1);
  });

  test("gives up waiting for the last of it at the deadline", async () => {
    const { outbox, add, fail, clock } = opened();
    fail(new HoldfastError("OFFLINE", "away"));
    add("a");
    const flushed = outbox.flushed(1_000);
    clock.advance(1_000);
    expect(await flushed).toBe(false);
    outbox.dispose();
    expect(clock.waiting).toBe(0);
  });
});
