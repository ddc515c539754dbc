import type { Hub } from "../../server/core/hub.ts";
import { numberIn } from "../../server/core/mutations/numbered.ts";
import type { Peer, PeerTransport } from "../../server/core/ports/peer.ts";
import type { RateLimiter } from "../../server/core/ports/rate-limiter.ts";
import { type Failure, FINAL_CODES } from "../protocol/index.ts";
import type { PlannedFaults, Rejection } from "./planned-faults.ts";
import type { Journal } from "./sent.ts";

export type Served = Pick<Hub, "admit" | "attach" | "receive" | "detach">;

/** Stands between the transports and a hub: notes what clients send, and does the faults that know of events. */
export interface Front extends Served {
  /** Resolves once a client, not a terminal of one, is connected to the project. */
  connected(projectId: string): Promise<void>;
  /** Everybody whose token counts is told that it expired, and disconnected. */
  expireTokens(): void;
}

/** Refuses an event at the door of the hub, so that the order of numbered mutations is the hub's own. */
export interface Doorkeeper extends RateLimiter {
  /** What is received within `run` is refused. */
  refusing(run: () => void): void;
}

export function createDoorkeeper(): Doorkeeper {
  let isRefusing = false;
  return {
    take: () => (isRefusing ? 1 : 0),
    forget: () => undefined,
    refusing(run) {
      isRefusing = true;
      try {
        run();
      } finally {
        isRefusing = false;
      }
    },
  };
}

export interface FrontDeps {
  readonly hub: Served;
  readonly journal: Journal;
  readonly faults: PlannedFaults;
  readonly doorkeeper: Doorkeeper;
  readonly createId: () => string;
}

interface Guest {
  readonly projectId: string;
  /** As the hub knows it. */
  readonly peer: Peer;
  readonly clientId: string | undefined;
  readonly hasToken: boolean;
  /** What its refused mutations, and those behind them, are answered with. */
  refusal?: Failure;
}

const FINAL: ReadonlySet<string> = new Set(FINAL_CODES);
/** Refusals that are final, by mutation: one that comes again is answered as it was. */
const MAX_REFUSALS = 1_000;

export function createFront({ hub, journal, faults, doorkeeper, createId }: FrontDeps): Front {
  const guests = new Map<Peer, Guest>();
  const rawOf = new Map<Peer, Peer>();
  const transports = new Map<PeerTransport, PeerTransport>();
  const refusals = new Map<string, Failure>();
  const awaited = new Set<() => void>();

  const failureFor = (rejection: Rejection): Failure => {
    const { code, message, retryAfterMs } = rejection;
    const details = rejection.details ?? (code === "INTERNAL" ? { id: createId() } : undefined);
    return {
      success: false,
      error: message ?? `The mock was told to refuse this with ${code}`,
      code,
      ...(details === undefined ? {} : { details }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  };

  function transportOf(raw: PeerTransport): PeerTransport {
    const known = transports.get(raw);
    if (known !== undefined) return known;
    const made: PeerTransport = {
      multicast(peers, event, payload) {
        const all = new Set([...peers].map((peer) => rawOf.get(peer) ?? peer));
        raw.multicast(all, event, payload);
        if (faults.duplicates(event)) raw.multicast(all, event, payload);
      },
    };
    transports.set(raw, made);
    return made;
  }

  function guestOf(raw: Peer, { principal, handshake }: Admission): Guest {
    const peer: Peer = {
      id: raw.id,
      namespace: raw.namespace,
      connection: raw.connection,
      transport: transportOf(raw.transport),
      send(event, payload) {
        raw.send(event, payload);
        if (faults.duplicates(event)) raw.send(event, payload);
      },
      request: (event, payload, timeoutMs) => raw.request(event, payload, timeoutMs),
      close: (whole) => raw.close(whole),
      unsentBytes: () => raw.unsentBytes(),
      whenDrained: (callback) => raw.whenDrained(callback),
    };
    return {
      peer,
      projectId: handshake.projectId ?? "default",
      clientId: handshake.clientId,
      hasToken: !principal.local,
    };
  }

  /** How a refused event is answered: final refusals here, others by the hub, which then refuses what follows them. */
  function refuse(guest: Guest, event: string, payload: unknown, rejection: Rejection, ack: Ack): void {
    const failure = failureFor(rejection);
    const number = numberIn(payload)?.mutationId;
    if (number === undefined || FINAL.has(failure.code)) {
      if (number !== undefined) refusals.set(number, failure);
      const [oldest] = refusals.keys();
      if (refusals.size > MAX_REFUSALS && oldest !== undefined) refusals.delete(oldest);
      ack(failure);
      return;
    }
    guest.refusal = failure;
    doorkeeper.refusing(() => hub.receive(guest.peer, event, payload, translated(guest, ack)));
  }

  /** Nothing but the doorkeeper limits the rate: such a refusal is the planned one. */
  function translated(guest: Guest, ack: Ack): Ack {
    return (answer) => {
      const isLimited = (answer as Partial<Failure> | undefined)?.code === "RATE_LIMITED";
      ack(isLimited && guest.refusal !== undefined ? guest.refusal : answer);
    };
  }

  return {
    async admit(candidate) {
      const { namespace } = candidate;
      // What no object is, the hub refuses; the journal shows it as it came.
      const auth = (candidate.auth ?? {}) as Readonly<Record<string, unknown>>;
      journal.add("connect", auth, { namespace, clientId: clientIdIn(auth) });
      const rejection = faults.rejectionOfConnection();
      if (rejection === undefined) return hub.admit(candidate);
      const { error, code, retryAfterMs } = failureFor(rejection);
      const after = retryAfterMs === undefined ? {} : { retryAfterMs };
      // Rejections have codes of the wire only.
      return { ok: false, message: error, code: code as Rejection["code"], ...after };
    },

    attach(raw, admission) {
      const guest = guestOf(raw, admission);
      guests.set(raw, guest);
      rawOf.set(guest.peer, raw);
      hub.attach(guest.peer, admission);
      for (const look of [...awaited]) look();
    },

    connected: (wanted) =>
      new Promise((resolve) => {
        const look = (): void => {
          const isHere = [...guests.values()].some(
            ({ projectId, peer }) => projectId === wanted && MAIN.has(peer.namespace),
          );
          if (!isHere) return;
          awaited.delete(look);
          resolve();
        };
        awaited.add(look);
        look();
      }),

    receive(raw, event, payload, ack) {
      const guest = guests.get(raw);
      if (guest === undefined) return;
      journal.add(event, payload, { namespace: raw.namespace, clientId: guest.clientId });
      if (ack === undefined) return hub.receive(guest.peer, event, payload);
      const known = refusals.get(numberIn(payload)?.mutationId ?? "");
      if (known !== undefined) return ack({ ...known, replayed: true });
      const rejection = faults.rejectionOf(event);
      if (rejection !== undefined) return refuse(guest, event, payload, rejection, ack);
      const isLost = faults.dropsAckOf(event);
      hub.receive(guest.peer, event, payload, isLost ? () => undefined : translated(guest, ack));
    },

    detach(raw, reason) {
      const guest = guests.get(raw);
      if (guest === undefined) return;
      guests.delete(raw);
      rawOf.delete(guest.peer);
      hub.detach(guest.peer, reason);
    },

    expireTokens() {
      for (const { peer, hasToken } of [...guests.values()]) {
        if (!hasToken) continue;
        peer.send("auth:expired", {});
        peer.close();
      }
    },
  };
}

type Admission = Parameters<Hub["attach"]>[1];
/** Namespaces that clients live in. */
const MAIN: ReadonlySet<string> = new Set(["/ui", "/mobile", "/cli"]);
type Ack = (answer: unknown) => void;

function clientIdIn(auth: Readonly<Record<string, unknown>>): string | undefined {
  return typeof auth["clientId"] === "string" ? auth["clientId"] : undefined;
}
