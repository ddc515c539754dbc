import type { Dirty } from "./dirty.ts";
import { lockOf, meetOthers } from "./heirs.ts";
import type { KeptWrite } from "./persistence.ts";
import type { Term } from "./term.ts";
import type { VaultDoor } from "./vault.ts";

export interface InheritOptions {
  readonly door: VaultDoor;
  readonly clientId: string;
  readonly dirty: Dirty;
  /** This page has just begun. */
  readonly isNew: boolean;
  /** Scope of what was written before anybody was ever seen at this place; it is of whoever comes first. */
  readonly nobody: string;
  /** Writes of clients that go later. */
  adopt(writes: readonly KeptWrite[]): void;
  onError(error: unknown): void;
  schedule(delayMs: number, task: () => void): () => void;
}

/** The writes of all clients that are gone, now; those of the others come by `adopt` once they are. */
export async function inherit(now: Term, options: InheritOptions): Promise<readonly KeptWrite[]> {
  const { door, clientId, dirty, isNew, nobody, adopt, onError, schedule } = options;
  const { vault, scope, writer, user } = now;
  const { signal } = now.ended;
  const common = { vault, door, clientId, signal, isNew, onError, schedule };

  /** Clients whose name is ours in this scope: nobody else adopts their writes. */
  const ours = new Set<string>();

  /**
   * From nobody's scope into this one: the client's name is taken here first, then its writes are kept here, and only
   * then they go there. A client that is still here sees to it itself.
   */
  const claim = async (other: string): Promise<readonly KeptWrite[]> => {
    if (!ours.has(other) && !(await door.locks.hold(lockOf(scope, other), { signal, wait: false })))
      return [];
    ours.add(other);
    const of = (writes: readonly KeptWrite[]): readonly KeptWrite[] =>
      writes.filter((one) => one.clientId === other);
    const here = of(await vault.writes(scope));
    const there = of(await vault.writes(nobody));
    const known = new Set(here.map(({ id }) => id));
    const moved = there.filter(({ id }) => !known.has(id));
    for (const one of moved) dirty.put(one);
    writer.flush(false);
    await writer.done();
    await vault.write(nobody, { put: [], remove: there.map(({ id }) => id) });
    return [...here, ...moved].sort((a, b) => a.n - b.n);
  };
  const claimAll = async (unclaimed: readonly KeptWrite[]): Promise<readonly KeptWrite[]> => {
    const claimed: KeptWrite[] = [];
    for (const other of new Set(unclaimed.map(({ clientId: of }) => of)))
      claimed.push(...(await claim(other)));
    return claimed;
  };
  const adoptClaimed = (unclaimed: readonly KeptWrite[]): void => {
    claimAll(unclaimed).then(adopt, (error: unknown) => {
      if (!signal.aborted) onError(error);
    });
  };

  const orphans = await meetOthers({ ...common, scope, adopt });
  if (user === "") return orphans;
  for (const { clientId: other } of orphans) ours.add(other);
  const unclaimed = await meetOthers({ ...common, scope: nobody, adopt: adoptClaimed });
  const claimed = await claimAll(unclaimed);
  const known = new Set(claimed.map(({ id }) => id));
  return [...claimed, ...orphans.filter(({ id }) => !known.has(id))];
}
