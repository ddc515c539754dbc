import type { Link } from "../connection/link.ts";
import type { Part } from "../connection/part.ts";
import { EXCLUSIVE_SLOTS } from "../protocol/bootstrap.ts";
import type { BootstrapEvent } from "../protocol/index.ts";
import { createCell, type Source } from "../util/source.ts";

/** Payloads of the server's bootstrap slots by name (protocol section 11). */
export type BootstrapSlots = Readonly<Record<string, unknown>>;

/** Keeps what the server replays on each connect. A slot the server dropped meanwhile is gone after the replay. */
export function createBootstrap(
  link: Link,
  onError: (error: unknown) => void,
): Part & Source<BootstrapSlots> {
  const cell = createCell<BootstrapSlots>({}, onError);
  const replayed = new Set<string>();

  const set = (slots: readonly (readonly [string, unknown])[]): void => {
    const next = Object.fromEntries(slots);
    // A replay of what is known changes nothing, and so tells nobody.
    if (JSON.stringify(next) !== JSON.stringify(cell.getSnapshot())) cell.set(next);
  };
  const known = (): [string, unknown][] => Object.entries(cell.getSnapshot());

  const offs = [
    link.onUp(() => replayed.clear()),
    link.on("bootstrap", (event) => {
      // The server is held to the shapes of its protocol version.
      const { slot, payload } = event as BootstrapEvent;
      replayed.add(slot);
      const rivals = EXCLUSIVE_SLOTS.includes(slot) ? EXCLUSIVE_SLOTS : [];
      const others = known().filter(([other]) => other === slot || !rivals.includes(other));
      set([...others, [slot, payload]]);
    }),
  ];

  return {
    getSnapshot: cell.getSnapshot,
    subscribe: cell.subscribe,
    resume: () => set(known().filter(([slot]) => replayed.has(slot))),
    reset: () => cell.set({}),
    dispose() {
      for (const off of offs) off();
    },
  };
}
