import type { KeptWrite } from "./persistence.ts";
import type { Vault, VaultDoor } from "./vault.ts";

export interface HeirsOptions {
  readonly vault: Vault;
  readonly door: VaultDoor;
  readonly scope: string;
  readonly clientId: string;
  /** Ends the waiting, and lets go of every lock. */
  readonly signal: AbortSignal;
  /** This page has just begun: what lies there may be its own. Else whoever left it is given time to come back. */
  readonly isNew: boolean;
  /** A client is gone now that was there before: its writes. */
  adopt(writes: readonly KeptWrite[]): void;
  onError(error: unknown): void;
  schedule(delayMs: number, task: () => void): () => void;
}

/**
 * A page that is loaded again takes its own writes up, so that they do not leave its screen: others wait until nobody
 * has held its lock at so many looks, over the two seconds that a reload may take to get there.
 */
const LOOKS = 8;
const LOOK_MS = 250;
/** Whoever looks whether a client is gone holds its lock for less than this: a page that is loaded again asks twice. */
const MOMENT_MS = 20;

/** Name of the lock that a client holds as long as it is there. */
export function lockOf(scope: string, clientId: string): string {
  return `holdfast ${clientId} ${scope}`;
}

/**
 * Meets the other clients of a scope: gives the writes of those who are gone, and waits for the end of the others.
 * Whoever gets a client's lock knows that it is gone, and keeps the lock, so that nobody else adopts the same.
 */
export async function meetOthers(options: HeirsOptions): Promise<readonly KeptWrite[]> {
  const { vault, door, scope, clientId, signal, schedule } = options;

  const inherit = async (other: string): Promise<readonly KeptWrite[] | undefined> => {
    if (!(await door.locks.hold(lockOf(scope, other), { signal, wait: false }))) return undefined;
    const writes = (await vault.writes(scope)).filter((one) => one.clientId === other);
    return signal.aborted ? [] : writes.sort((a, b) => a.n - b.n);
  };
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const stop = (): void => {
        cancel();
        reject(signal.reason);
      };
      const cancel = schedule(ms, () => {
        signal.removeEventListener("abort", stop);
        resolve();
      });
      signal.addEventListener("abort", stop, { once: true });
    });
  /** Holds the lock for no more than a moment: the client is gone. */
  const end = async (other: string): Promise<void> => {
    const moment = new AbortController();
    const stop = (): void => moment.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    await door.locks.hold(lockOf(scope, other), { signal: moment.signal, wait: true });
    signal.removeEventListener("abort", stop);
    moment.abort();
  };
  const isFree = async (other: string): Promise<boolean> => {
    for (let look = 0; look < LOOKS; look++) {
      await pause(LOOK_MS);
      if (await door.locks.isHeld(lockOf(scope, other))) return false;
    }
    return true;
  };
  const inheritAtOnce = async (other: string): Promise<readonly KeptWrite[] | undefined> => {
    const writes = await inherit(other);
    if (writes !== undefined) return writes;
    await pause(MOMENT_MS);
    return inherit(other);
  };
  const outlive = async (other: string): Promise<readonly KeptWrite[]> => {
    for (;;) {
      await end(other);
      const writes = (await isFree(other)) ? await inherit(other) : undefined;
      if (writes !== undefined) return writes;
    }
  };
  const waitFor = (other: string): void => {
    outlive(other).then(options.adopt, (error: unknown) => {
      if (!signal.aborted) options.onError(error);
    });
  };

  const known = new Set([clientId]);
  const channel = door.channel(scope, (other) => {
    if (known.has(other) || signal.aborted) return;
    known.add(other);
    channel.tell(clientId);
    waitFor(other);
  });
  signal.addEventListener("abort", () => channel.close(), { once: true });
  channel.tell(clientId);
  const orphans: KeptWrite[] = [];
  for (const { clientId: other } of await vault.writes(scope)) {
    if (signal.aborted || known.has(other)) continue;
    known.add(other);
    const writes = options.isNew ? await inheritAtOnce(other) : undefined;
    if (writes === undefined) waitFor(other);
    else orphans.push(...writes);
  }
  return orphans;
}
