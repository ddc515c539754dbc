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

  const without = (isGone: (slot: string) => boolean): BootstrapSlots =>
    Object.fromEntries(Object.entries(cell.getSnapshot()).filter(([slot]) => !isGone(slot)));

  const offs = [
    link.onUp(() => replayed.clear()),
    link.on("bootstrap", (event) => {
      // The server is held to the shapes of its protocol version.
      const { slot, payload } = event as BootstrapEvent;
      replayed.add(slot);
      const isExclusive = EXCLUSIVE_SLOTS.includes(slot);
      const slots = without((other) => isExclusive && other !== slot && EXCLUSIVE_SLOTS.includes(other));
      // A replay of what is known changes nothing, and so tells nobody.
      if (JSON.stringify(slots) === JSON.stringify({ ...slots, [slot]: payload })) return;
      cell.set({ ...slots, [slot]: payload });
    }),
  ];

  return {
    getSnapshot: cell.getSnapshot,
    subscribe: cell.subscribe,
    resume() {
      if (Object.keys(cell.getSnapshot()).some((slot) => !replayed.has(slot))) {
        cell.set(without((slot) => !replayed.has(slot)));
      }
    },
    reset: () => cell.set({}),
    dispose() {
      for (const off of offs) off();
    },
  };
}
