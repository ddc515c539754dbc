import type { Failure } from "../../sdk/protocol/index.ts";
import { Fault, failureOf } from "./fault.ts";
import type { FaultOf } from "./fault-of.ts";
import type { Caller } from "./handler.ts";
import type { InFlight } from "./in-flight.ts";
import type { Clock } from "./ports/clock.ts";
import type { Log } from "./ports/log.ts";
import type { Meter } from "./ports/meter.ts";
import type { RateLimiter } from "./ports/rate-limiter.ts";
import type { Route } from "./routes.ts";

export interface DispatchDeps {
  readonly routes: ReadonlyMap<string, Route>;
  readonly limiter: RateLimiter;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly faultOf: FaultOf;
  readonly inFlight: InFlight;
  /** Set while the server winds up: nothing new is begun. */
  readonly isClosing: () => boolean;
}

export type Reply = (answer: unknown) => void;

/**
 * Takes one client event through namespace, rate limit, validation and handler to its ack. Never throws; each event
 * is answered exactly once: by its ack, else by `error_message` when it failed.
 *
 *   receive → known here? → within rate? → fits? → handle → ack
 *               no: counted    no, no: `refused` of the route may have the last word
 */
export function createDispatch(deps: DispatchDeps) {
  const { routes, limiter, clock, log, meter } = deps;
  /** Events that wait for a verdict of an asynchronous limiter, and all that came after them. */
  const waiting = new WeakMap<Caller, Array<() => void>>();

  const failure = (error: unknown, event: string): Failure => failureOf(deps.faultOf(error, event));

  function answer(
    caller: Caller,
    event: string,
    ack: Reply | undefined,
    result: object,
    startedAt: number,
  ): void {
    const failed = "success" in result && result.success === false;
    // A handler returns either the fields of its ack or a kept `Failure`.
    if (failed) meter.count("events_refused", { code: (result as Failure).code });
    meter.time("ack", clock.now() - startedAt, { event });
    try {
      if (ack !== undefined) {
        ack(failed ? result : { success: true, ...result });
        return;
      }
      if (!failed) return;
      // As above.
      const { error, code, details } = result as Failure;
      caller.peer.send("error_message", {
        event,
        error,
        code,
        ...(details === undefined ? {} : { details }),
      });
    } catch (error) {
      log.error({ err: error, event }, "an answer could not be sent");
    }
  }

  function refuse(
    caller: Caller,
    route: Route,
    payload: unknown,
    error: unknown,
    event: string,
  ): object | Promise<object> {
    const told = failure(error, event);
    if (route.refused === undefined || !(error instanceof Fault)) return told;
    return route.refused(caller, payload, error);
  }

  function judge(caller: Caller, route: Route, event: string, payload: unknown): object | Promise<object> {
    if (deps.isClosing()) {
      return refuse(caller, route, payload, new Fault("SHUTTING_DOWN", "The server is shutting down"), event);
    }
    let value: unknown;
    try {
      value = route.parse(payload);
    } catch (error) {
      return refuse(caller, route, payload, error, event);
    }
    return route.handle(caller, value);
  }

  /** Fields that nobody knows are ignored, and counted. */
  function countUnknown({ fields }: Route, event: string, payload: unknown): void {
    if (fields === undefined || typeof payload !== "object" || payload === null || Array.isArray(payload))
      return;
    let unknown = 0;
    for (const name in payload) if (!fields.has(name)) unknown += 1;
    if (unknown > 0) meter.count("fields_unknown", { event }, unknown);
  }

  /** Runs `begin` and answers with what comes of it, now or later. */
  function settle(
    caller: Caller,
    event: string,
    ack: Reply | undefined,
    begin: () => object | Promise<object>,
  ): void {
    const startedAt = clock.now();
    const fail = (error: unknown): void => answer(caller, event, ack, failure(error, event), startedAt);
    let result: object | Promise<object>;
    try {
      result = begin();
    } catch (error) {
      fail(error);
      return;
    }
    if (result instanceof Promise) {
      void deps.inFlight.track(result.then((late) => answer(caller, event, ack, late, startedAt), fail));
      return;
    }
    answer(caller, event, ack, result, startedAt);
  }

  function limited(
    caller: Caller,
    route: Route,
    event: string,
    payload: unknown,
    ack: Reply | undefined,
  ): void {
    const pass = (retryAfterMs: number): void =>
      settle(caller, event, ack, () =>
        retryAfterMs === 0
          ? judge(caller, route, event, payload)
          : refuse(
              caller,
              route,
              payload,
              new Fault("RATE_LIMITED", "Too many events", { retryAfterMs }),
              event,
            ),
      );
    const verdict = route.bucket === "none" ? 0 : limiter.take(caller, route.bucket);
    if (typeof verdict === "number") {
      pass(verdict);
      return;
    }
    const queue: Array<() => void> = [];
    waiting.set(caller, queue);
    // A limiter that fails must not close the door: it let pass.
    void verdict
      .catch(() => 0)
      .then((retryAfterMs) => {
        waiting.delete(caller);
        pass(retryAfterMs);
        drain(caller, queue);
      });
  }

  /** Goes on in the order of arrival, until one of them waits in its turn: the rest then waits behind it. */
  function drain(caller: Caller, queue: Array<() => void>): void {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      next();
      const again = waiting.get(caller);
      if (again === undefined) continue;
      again.push(...queue);
      return;
    }
  }

  return {
    /** Takes one event of a caller. `ack` is there when the client asked for one. */
    receive(caller: Caller, event: string, payload: unknown, ack?: Reply): void {
      const route = routes.get(event);
      if (route === undefined || !route.namespaces.includes(caller.peer.namespace)) {
        meter.count("events_unknown", { namespace: caller.peer.namespace });
        return;
      }
      meter.count("events_received", { event });
      countUnknown(route, event, payload);
      const once = ack === undefined ? undefined : onlyOnce(ack);
      const proceed = (): void => limited(caller, route, event, payload, once);
      const queue = waiting.get(caller);
      if (queue === undefined) proceed();
      else queue.push(proceed);
    },
  };
}

function onlyOnce(ack: Reply): Reply {
  let isAnswered = false;
  return (result) => {
    if (isAnswered) return;
    isAnswered = true;
    ack(result);
  };
}
