/** How long the connection waits for what. Milliseconds. */
export interface Timings {
  /** First ceiling of the random wait before a retry; doubles with each attempt. */
  readonly backoffBaseMs: number;
  readonly backoffCapMs: number;
  /** An attempt that did not reach `connection_status` by then has failed; doubles with each since it was last live. */
  readonly connectMs: number;
  readonly connectCapMs: number;
  /** Live for this long: the attempt counter starts again at 1. */
  readonly steadyMs: number;
  /** Silence after a probe that counts as a dead link. */
  readonly probeMs: number;
  /** Patience with `auth.getToken`. */
  readonly tokenMs: number;
}

/**
 * An attempt that began while packets were swallowed often stays dead when the network is back, so the first is given
 * up early: 5 s are six round trips (name, TCP, two of TLS, upgrade, greeting) of 800 ms. A slower link has 20 s from
 * the third attempt on.
 * A probe of 3 s tells a slow mobile link from a dead one; 5 s of steadiness keep a server that dies right after each
 * sync from being hammered.
 */
export const TIMINGS: Timings = {
  backoffBaseMs: 500,
  backoffCapMs: 20_000,
  connectMs: 5_000,
  connectCapMs: 20_000,
  steadyMs: 5_000,
  probeMs: 3_000,
  tokenMs: 15_000,
};
