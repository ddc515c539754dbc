import type { ServerShutdown } from "../../sdk/protocol/index.ts";
import type { Attachments } from "./attachments.ts";
import type { InFlight } from "./in-flight.ts";
import type { Clock } from "./ports/clock.ts";

export interface ShutdownDeps {
  readonly attachments: Attachments;
  readonly inFlight: InFlight;
  readonly clock: Clock;
  readonly random: () => number;
  /** All of it takes at most this long. */
  readonly deadlineMs: number;
  /** Ends what clients must hear of before they are disconnected. */
  readonly announce: () => void;
  readonly dispose: () => Promise<void>;
}

/** The first comes back after this long, the last one `SPREAD_MS` for each socket later, within bounds. */
const SOONEST_MS = 100;
const SPREAD_MS = 2;
const LEAST_SPREAD_MS = 1_000;
const MOST_SPREAD_MS = 10_000;

/** Winds up: clients are told when to come back, spread out; what was begun is finished; then connections close. */
export async function shutDown(deps: ShutdownDeps): Promise<void> {
  const { attachments, inFlight, clock, random } = deps;
  const all = [...attachments.all()];
  const spreadMs = Math.min(MOST_SPREAD_MS, Math.max(LEAST_SPREAD_MS, all.length * SPREAD_MS));
  for (const [index, { peer }] of all.entries()) {
    // Each its own slice of the spread, so that no two come back at one moment.
    const reconnectAfterMs = Math.round(SOONEST_MS + ((index + random()) / all.length) * spreadMs);
    peer.send("server:shutdown", { timestamp: clock.now(), reconnectAfterMs } satisfies ServerShutdown);
  }
  deps.announce();
  let cancel = (): void => undefined;
  const late = new Promise<void>((resolve) => {
    cancel = clock.schedule(deps.deadlineMs, resolve);
  });
  await Promise.race([inFlight.idle(), late]);
  await Promise.race([deps.dispose(), late]);
  cancel();
  for (const { peer } of [...attachments.all()]) peer.close(true);
}
