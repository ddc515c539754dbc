import { HoldfastError } from "../errors.ts";
import { handled } from "../util/handled.ts";
import type { Source } from "../util/source.ts";
import { untilAborted } from "../util/until-aborted.ts";
import type { ClientStatus } from "./status.ts";

export interface WhenLiveOptions {
  readonly signal?: AbortSignal;
}

/** Resolves once live. Rejects when refused (with that error), closed, or aborted (with the signal's reason). */
export function whenLive(status: Source<ClientStatus>, { signal }: WhenLiveOptions = {}): Promise<void> {
  const stops: (() => void)[] = [];
  const live = new Promise<void>((resolve, reject) => {
    const check = (): void => {
      const now = status.getSnapshot();
      // The reason is the application's own, and an Error unless it chose to give something else.
      if (signal?.aborted === true) reject(signal.reason as Error);
      else if (now.name === "live") resolve();
      else if (now.name === "refused") reject(now.error);
      else if (now.name === "closed") reject(new HoldfastError("CLOSED", "The client is closed"));
    };
    stops.push(status.subscribe(check), untilAborted(signal, check));
    // Later: a connect() made within a status listener takes effect when that round of listeners is done.
    queueMicrotask(check);
  });
  const stop = (): void => {
    for (const one of stops) one();
  };
  live.then(stop, stop);
  return handled(live);
}
