import { describe, expect, test } from "vitest";
import { Fault } from "../../server/core/fault.ts";
import { createOrder } from "../../server/core/mutations/order.ts";
import { aCaller } from "./a-caller.ts";
import { catchFault } from "./catch-fault.ts";

const limited = new Fault("RATE_LIMITED", "slow down", { retryAfterMs: 7 });

describe("the order of one socket's mutations", () => {
  const start = () => {
    const order = createOrder();
    const caller = aCaller();
    const run = (n: number, fault?: Fault, ackedThrough?: number) =>
      order.begin(caller, "c1", n, "p1", ackedThrough).settle(fault);
    return { order, caller, run };
  };

  test("after a refusal that is not final, higher ones are refused with its code until it comes again", () => {
    const { run } = start();
    run(1);
    run(2, limited);
    for (const n of [3, 9])
      expect(catchFault(() => run(n))).toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 7 });
    run(1);
    run(2);
    run(3);
  });

  test("a final refusal blocks nothing", () => {
    const { run } = start();
    for (const code of ["BAD_REQUEST", "FORBIDDEN", "NOT_FOUND", "CONFLICT", "PAYLOAD_TOO_LARGE"] as const) {
      run(1, new Fault(code, "no"));
    }
    run(2);
  });

  test("ackedThrough passes a refusal", () => {
    const { run } = start();
    run(2, limited);
    expect(catchFault(() => run(3, undefined, 1)).code).toBe("RATE_LIMITED");
    run(3, undefined, 2);
  });

  test("one refused again blocks again, and the lowest of several counts", () => {
    const { order, caller, run } = start();
    order.refuse(caller, "c1", 5, limited);
    order.refuse(caller, "c1", 3, limited);
    expect(catchFault(() => run(5)).code).toBe("RATE_LIMITED");
    run(3, limited);
    expect(catchFault(() => run(4)).code).toBe("RATE_LIMITED");
  });

  test("other clients and other sockets are not concerned", () => {
    const { order, caller, run } = start();
    run(1, limited);
    order.begin(caller, "c2", 2, "p1").settle();
    order.begin(aCaller(), "c1", 2, "p1").settle();
  });

  test("a later one cannot overtake one whose outcome is open", () => {
    const { order, caller } = start();
    const first = order.begin(caller, "c1", 1, "p1");
    const second = order.begin(caller, "c1", 2, "p1");
    expect(catchFault(() => second.judge(0)).code).toBe("UNAVAILABLE");
    second.judge(1);
    first.settle();
    second.judge(0);
  });

  test("one handed on before an earlier one was refused is refused when it is decided", () => {
    const { order, caller } = start();
    const first = order.begin(caller, "c1", 1, "p1");
    const second = order.begin(caller, "c1", 2, "p1");
    first.settle(new Fault("UNAVAILABLE", "gone"));
    expect(catchFault(() => second.judge(0)).code).toBe("UNAVAILABLE");
  });

  test("one decided before an earlier one was refused waits for it and is answered with that refusal", async () => {
    const { order, caller } = start();
    const first = order.begin(caller, "c1", 1, "p1");
    const second = order.begin(caller, "c1", 2, "p1");
    second.judge(1);
    const confirmed = second.confirm();
    first.settle(new Fault("UNAVAILABLE", "gone"));
    await expect(confirmed).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  test("one for another project waits for the one before", async () => {
    const { order, caller } = start();
    const first = order.begin(caller, "c1", 1, "p1");
    expect(first.ready).toBeUndefined();
    const second = order.begin(caller, "c1", 2, "p2");
    let isReady = false;
    const waiting = second.ready?.then(() => {
      isReady = true;
    });
    await Promise.resolve();
    expect(isReady).toBe(false);
    first.settle();
    await waiting;
    expect(isReady).toBe(true);
  });
});
