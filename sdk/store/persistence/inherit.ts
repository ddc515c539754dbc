import type { Dirty } from "./dirty.ts";
import { lockOf, meetOthers } from "./heirs.ts";
import type { KeptWrite } from "./persistence.ts";
import type { Term } from "./term.ts";
import type { VaultDoor } from "./vault.ts";

export interface InheritOptions {
  readonly door: VaultDoor;
  readonly clientId: string;
  readonly dirty: Dirty;
  /** Scope of what was written before anybody was ever seen at this place; it is of whoever comes first. */
  readonly nobody: string;
  /** Writes of clients that go later. */
  adopt(writes: readonly KeptWrite[]): void;
  onError(error: unknown): void;
}

/** The writes of all clients that are gone, now; those of the others come by `adopt` once they are. */
export async function inherit(now: Term, options: InheritOptions): Promise<readonly KeptWrite[]> {
  const { door, clientId, dirty, nobody, adopt, onError } = options;
  const { vault, scope, writer, user } = now;
  const { signal } = now.ended;
  const common = { vault, door, clientId, signal, onError };

  /**
   * From nobody's scope into this one: the client's name is taken here first, so that no other tab adopts it, then its
   * writes are kept here, and only then they go there.
   */
  const move = async (writes: readonly KeptWrite[]): Promise<void> => {
    if (writes.length === 0) return;
    for (const other of new Set(writes.map((one) => one.clientId))) {
      await door.locks.hold(lockOf(scope, other), { signal, wait: true });
    }
    for (const one of writes) dirty.put(one);
    writer.flush(false);
    await writer.done();
    await vault.write(nobody, { put: [], remove: writes.map(({ id }) => id) });
  };
  const moveLater = (writes: readonly KeptWrite[]): void => {
    move(writes).then(
      () => adopt(writes),
      (error: unknown) => {
        if (!signal.aborted) onError(error);
      },
    );
  };

  const orphans = await meetOthers({ ...common, scope, adopt });
  if (user === "") return orphans;
  const unclaimed = await meetOthers({ ...common, scope: nobody, adopt: moveLater });
  await move(unclaimed);
  return [...unclaimed, ...orphans];
}
