import type { Peer } from "../../server/core/ports/peer.ts";
import type { Namespace } from "../protocol/auth.ts";
import { CLIENT_EVENTS, type ClientEventName, type ClientPayload } from "../protocol/client-events.ts";

interface Common {
  readonly namespace: Namespace;
  /** Of the handshake. */
  readonly clientId: string | undefined;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Why no server would take it; absent when it fits. */
  readonly invalid?: string;
}

/** One thing that a client sent, decoded. A connection that was asked for is a `connect` with its `handshake.auth`. */
export type Sent =
  | {
      readonly [E in ClientEventName]: Common & { readonly event: E; readonly payload: ClientPayload<E> };
    }[ClientEventName]
  | (Common & { readonly event: "connect"; readonly payload: Readonly<Record<string, unknown>> });

interface Sender {
  readonly namespace: Peer["namespace"];
  readonly clientId: string | undefined;
}

export interface Journal {
  readonly entries: readonly Sent[];
  add(event: string, payload: unknown, from: Sender): void;
  clear(): void;
}

/** The oldest goes first. */
const MAX_ENTRIES = 10_000;

export function createJournal(now: () => number, onInvalid: (error: Error) => void): Journal {
  const entries: Sent[] = [];
  return {
    entries,
    add(event, payload, from) {
      const invalid = faultOf(event, payload, from.namespace);
      const why = invalid === undefined ? {} : { invalid };
      // What does not fit its type says so in `invalid`.
      entries.push({ event, payload, ...from, at: now(), ...why } as Sent);
      if (entries.length > MAX_ENTRIES) entries.shift();
      if (invalid !== undefined)
        onInvalid(
          new Error(
            `The client sent an invalid ${event} on ${from.namespace}: ${invalid}\n${shown(payload)}`,
          ),
        );
    },
    clear() {
      entries.length = 0;
    },
  };
}

function faultOf(event: string, payload: unknown, namespace: string): string | undefined {
  // Relays of dev-sync are of any shape.
  if (event === "connect" || namespace === "/") return undefined;
  if (!Object.hasOwn(CLIENT_EVENTS, event)) return "the protocol has no such event";
  // Just seen to be one of them.
  const spec = CLIENT_EVENTS[event as ClientEventName];
  const namespaces: readonly string[] = spec.namespaces;
  if (!namespaces.includes(namespace)) return `it belongs on ${namespaces.join(" or ")}`;
  const judged = spec.payload.safeParse(payload ?? {});
  if (judged.success) return undefined;
  return judged.error.issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`))
    .join("; ");
}

function shown(payload: unknown): string {
  const text = JSON.stringify(payload) ?? "no payload";
  return text.length > 500 ? `${text.slice(0, 500)}...` : text;
}
