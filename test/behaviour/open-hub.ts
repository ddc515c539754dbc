import type { TokenClaims } from "../../sdk/testing/suite/protocol-server.ts";
import { createAuthenticator } from "../../server/auth/authenticator.ts";
import { signToken } from "../../server/auth/sign-token.ts";
import { createHub, type Hub } from "../../server/core/hub.ts";
import type { Clock } from "../../server/core/ports/clock.ts";
import type { Log } from "../../server/core/ports/log.ts";
import { createMemoryStore } from "../../server/store/memory-store.ts";
import type { ServerOptions } from "./server-under-test.ts";

const SECRET = "a secret that is only used in tests, 32 bytes";

export const realClock: Clock = {
  now: Date.now,
  schedule(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** What was logged as an error is a failure of the test that caused it. */
export interface ErrorLog extends Log {
  readonly errors: readonly unknown[];
}

export function createErrorLog(): ErrorLog {
  const errors: unknown[] = [];
  const ignore = (): void => undefined;
  return {
    errors,
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: (fields, message) => void errors.push({ ...fields, message }),
  };
}

/** A hub with tokens of its own; the transport is the caller's. */
export function openHub(options: ServerOptions = {}, clock: Clock = realClock) {
  const log = createErrorLog();
  let ids = 0;
  const { limits, collections, bootstrapSlots } = options;
  const hub: Hub = createHub({
    store: options.store ?? createMemoryStore({ now: clock.now }),
    clock,
    log,
    createId: () => `id-${++ids}`,
    random: Math.random,
    authenticator: createAuthenticator({
      ...(options.verifier === false ? {} : { auth: { secret: SECRET } }),
      now: clock.now,
    }),
    limits,
    collections,
    bootstrapSlots,
  });
  return { hub, log, clock, token: (claims: TokenClaims = {}) => sign(claims, clock.now()) };
}

function sign(
  { sub = "u1", projects = "*", lifetimeMs = 3_600_000 }: TokenClaims,
  now: number,
): Promise<string> {
  return signToken({ secret: SECRET, userId: sub, projects, lifetimeMs, now });
}
