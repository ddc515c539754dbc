import type { KeptWrite } from "./persistence.ts";
import type { Vault, VaultDoor } from "./vault.ts";

export interface HeirsOptions {
  readonly vault: Vault;
  readonly door: VaultDoor;
  readonly scope: string;
  readonly clientId: string;
  /** Ends the waiting, and lets go of every lock. */
  readonly signal: AbortSignal;
  /** A client is gone now that was there before: its writes. */
  adopt(writes: readonly KeptWrite[]): void;
  onError(error: unknown): void;
}

/** Name of the lock that a client holds as long as it is there. */
export function lockOf(scope: string, clientId: string): string {
  return `holdfast ${clientId} ${scope}`;
}

/**
 * Meets the other clients of a scope: gives the writes of those who are gone, and waits for the end of the others.
 * Whoever gets a client's lock knows that it is gone, and keeps the lock, so that nobody else adopts the same.
 */
export async function meetOthers(options: HeirsOptions): Promise<readonly KeptWrite[]> {
  const { vault, door, scope, clientId, signal } = options;

  const inherit = async (other: string, wait: boolean): Promise<readonly KeptWrite[] | undefined> => {
    if (!(await door.locks.hold(lockOf(scope, other), { signal, wait }))) return undefined;
    const writes = (await vault.writes(scope)).filter((one) => one.clientId === other);
    return signal.aborted ? [] : writes.sort((a, b) => a.n - b.n);
  };
  const waitFor = (other: string): void => {
    inherit(other, true).then(
      (writes = []) => options.adopt(writes),
      (error: unknown) => {
        if (!signal.aborted) options.onError(error);
      },
    );
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
    const writes = await inherit(other, false);
    if (writes === undefined) waitFor(other);
    else orphans.push(...writes);
  }
  return orphans;
}
