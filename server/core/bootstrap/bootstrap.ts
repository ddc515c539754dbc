import { BOOTSTRAP_SLOTS, type BootstrapEvent, EXCLUSIVE_SLOTS } from "../../../sdk/protocol/index.ts";
import type { Sender } from "../delivery/sender.ts";
import { Fault } from "../fault.ts";
import type { Caller } from "../handler.ts";
import type { Limits } from "../limits.ts";
import type { Peer } from "../ports/peer.ts";
import type { SharedSlots } from "../ports/shared-slots.ts";
import { projectRoom, type Rooms } from "../rooms.ts";
import { deepEqual } from "../state/deep-equal.ts";
import { isLargerThan } from "../state/entity-size.ts";

/** A slot of an application's own, or a built-in one that is to have an event name of its own too. */
export interface SlotDefinition {
  readonly name: string;
  /** The payload is emitted under this name as well. */
  readonly event?: string;
}

export interface BootstrapDeps {
  readonly rooms: Rooms;
  readonly sender: Sender;
  readonly limits: Limits;
  readonly slots?: readonly (string | SlotDefinition)[];
  /** Tells other servers, and what they set. */
  readonly shared?: SharedSlots | undefined;
}

/**
 * What a fresh page needs to draw itself: the latest payload of each slot, in slot order (protocol section 11).
 * Payloads are kept as they are given, in memory: the application sets them again when it starts.
 */
export function createBootstrap({ rooms, sender, limits, slots = [], shared }: BootstrapDeps) {
  const order = slotOrder(slots, limits.bootstrapSlots);
  const kept = new Map<string, Map<string, unknown>>();
  /** The projects each page was shown. */
  const shown = new WeakMap<Caller, Set<string>>();

  function* replay(projectId: string): Generator<{ event: string; payload: unknown }> {
    const payloads = kept.get(projectId);
    if (payloads === undefined) return;
    const present = [...order.values()].filter(({ name }) => payloads.has(name));
    for (const [index, slot] of present.entries()) {
      yield* emitted(slot, payloads.get(slot.name), index, present.length);
    }
  }

  function keep(projectId: string, definition: SlotDefinition, payload: unknown): void {
    const slot = definition.name;
    const payloads = kept.get(projectId) ?? new Map<string, unknown>();
    kept.set(projectId, payloads);
    if (EXCLUSIVE_SLOTS.includes(slot)) for (const other of EXCLUSIVE_SLOTS) payloads.delete(other);
    payloads.set(slot, payload);
    const present = [...order.keys()].filter((name) => payloads.has(name));
    const peers = pagesOf(projectId);
    if (peers.length === 0) return;
    for (const { event, payload: told } of emitted(
      definition,
      payload,
      present.indexOf(slot),
      present.length,
    )) {
      sender.peers(peers, event, told);
    }
  }

  const stop =
    shared?.onSet((projectId, slot, payload) => {
      const definition = order.get(slot);
      // Servers of one cluster may declare different slots while one is being replaced by a newer one.
      if (definition === undefined) return;
      const known = kept.get(projectId);
      // What is told again after a cut is news only where it changed.
      if (known?.has(slot) === true && deepEqual(known.get(slot), payload)) return;
      keep(projectId, definition, payload);
    }) ?? ignore;

  return {
    /**
     * Keeps the latest payload of a slot and sends it to everyone on the project's pages.
     * @throws Fault `NOT_FOUND` for a slot that was not declared, `PAYLOAD_TOO_LARGE` over 1 MiB
     */
    set(projectId: string, slot: string, payload: unknown): void {
      const definition = order.get(slot);
      if (definition === undefined) throw new Fault("NOT_FOUND", `There is no bootstrap slot "${slot}"`);
      if (isLargerThan(payload ?? null, limits.bootstrapBytes)) {
        throw new Fault(
          "PAYLOAD_TOO_LARGE",
          `A bootstrap payload holds at most ${limits.bootstrapBytes} bytes`,
          {
            details: { limit: limits.bootstrapBytes },
          },
        );
      }
      keep(projectId, definition, payload ?? null);
      shared?.set(projectId, slot, payload ?? null);
    },

    /** Emits each kept slot, in slot order; a second time only after `left`. */
    replay(caller: Caller, projectId: string): void {
      if (!isPage(caller)) return;
      const seen = shown.get(caller) ?? new Set<string>();
      if (seen.has(projectId)) return;
      shown.set(caller, seen.add(projectId));
      for (const { event, payload } of replay(projectId)) caller.peer.send(event, payload);
    },

    /** A page left a project: it misses what is set from now on. */
    left: (caller: Caller, projectId: string): void => void shown.get(caller)?.delete(projectId),

    forget(projectId: string): void {
      if (kept.delete(projectId)) shared?.forget(projectId);
    },

    dispose: stop,
  };

  function pagesOf(projectId: string): Peer[] {
    const members = rooms.get(projectRoom(projectId))?.members ?? [];
    return [...members].filter(isPage).map(({ peer }) => peer);
  }
}

const ignore = (): void => undefined;

export type Bootstrap = ReturnType<typeof createBootstrap>;

const isPage = ({ peer }: Caller): boolean => peer.namespace === "/ui" || peer.namespace === "/mobile";

function* emitted(slot: SlotDefinition, payload: unknown, index: number, total: number) {
  const event: BootstrapEvent = { slot: slot.name, payload, index, total };
  const told: unknown = event;
  yield { event: "bootstrap", payload: told };
  if (slot.event !== undefined) yield { event: slot.event, payload };
}

/** @throws TypeError on a slot declared twice, or too many of them */
function slotOrder(
  declared: readonly (string | SlotDefinition)[],
  most: number,
): Map<string, SlotDefinition> {
  const order = new Map<string, SlotDefinition>(BOOTSTRAP_SLOTS.map((name) => [name, { name }]));
  const builtIn: readonly string[] = BOOTSTRAP_SLOTS;
  const seen = new Set<string>();
  for (const entry of declared) {
    const slot = typeof entry === "string" ? { name: entry } : entry;
    if (slot.name === "" || seen.has(slot.name))
      throw new TypeError(`bootstrap slot "${slot.name}" is declared twice`);
    if (builtIn.includes(slot.name) && slot.event === undefined) {
      throw new TypeError(
        `bootstrap slot "${slot.name}" is built in: declare it only to give it an event name`,
      );
    }
    seen.add(slot.name);
    order.set(slot.name, slot);
  }
  if (order.size > most) throw new TypeError(`at most ${most} bootstrap slots`);
  return order;
}
