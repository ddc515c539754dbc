import type { Clock } from "../util/clock.ts";
import type { Claims } from "./claims.ts";

/** The server's clock as far as it is known here, so that a wrong local clock neither spoils nor revives a token. */
export interface ServerClock {
  now(): number;
  /** The server told its time. */
  set(serverTime: number): void;
  /** A token was fetched just now. */
  observe(claims: Claims): void;
}

/** JWT times are whole seconds. */
const RESOLUTION_MS = 2_000;

export function createServerClock(clock: Clock): ServerClock {
  let skewMs = 0;
  let last: { readonly issuedAt: number; readonly at: number } | undefined;
  return {
    now: () => clock.now() + skewMs,
    set(serverTime) {
      skewMs = serverTime - clock.now();
    },
    observe({ issuedAt, expiresAt }) {
      const at = clock.now();
      if (issuedAt === undefined) return;
      // Nobody issues in the future: the local clock is behind.
      if (issuedAt > at + skewMs + RESOLUTION_MS) skewMs = issuedAt - at;
      // Two tokens whose issue times are as far apart as their fetches were minted on request. If such a token looks
      // expired, it is the local clock that is ahead.
      const isMinted =
        last !== undefined &&
        issuedAt > last.issuedAt &&
        Math.abs(issuedAt - last.issuedAt - (at - last.at)) < RESOLUTION_MS;
      if (isMinted && expiresAt !== undefined && expiresAt <= at + skewMs) skewMs = issuedAt - at;
      last = { issuedAt, at };
    },
  };
}
