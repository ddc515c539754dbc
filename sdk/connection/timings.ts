/** How long the connection waits for what. Milliseconds. */
export interface Timings {
  /** First ceiling of the random wait before a retry; doubles with each attempt. */
  readonly backoffBaseMs: number;
  readonly backoffCapMs: number;
  /** An attempt that did not reach `connection_status` by then has failed. */
  readonly connectMs: number;
  /** Live for this long: the attempt counter starts again at 1. */
  readonly steadyMs: number;
  /** Silence after a probe that counts as a dead link. */
  readonly probeMs: number;
  /** Patience with `auth.getToken`. */
  readonly tokenMs: number;
}

/**
 * A probe of 3 s tells a slow mobile link from a dead one; 10 s of steadiness keep a server that dies right after each
 * sync from being hammered.
 */
export const TIMINGS: Timings = {
  backoffBaseMs: 500,
  backoffCapMs: 20_000,
  connectMs: 20_000,
  steadyMs: 10_000,
  probeMs: 3_000,
  tokenMs: 15_000,
};
