import type { Namespace } from "../../sdk/protocol/index.ts";
import type { Caller } from "../../server/core/handler.ts";
import type { Peer, PeerTransport } from "../../server/core/ports/peer.ts";
import type { Principal } from "../../server/core/ports/principal.ts";

export interface Got {
  readonly event: string;
  // What a test reads of a payload it knows.
  // biome-ignore lint/suspicious/noExplicitAny: payloads of every event
  readonly payload: any;
}

export interface Request extends Got {
  answer(ack: unknown): void;
  fail(): void;
}

export interface FakePeer extends Peer {
  /** Everything sent to this client, acks among it as `ack:{event}`, in order. */
  readonly inbox: Got[];
  readonly requests: Request[];
  /** How requests are answered; default: at once, with success. */
  onRequest: ((request: Request) => void) | undefined;
  /** What has not left the process; a test sets it and calls `drain`. */
  unsent: number;
  drain(): void;
  isClosed: boolean;
  readonly caller: Caller;
  /** Payloads of one event, in order. */
  got(event: string): Got["payload"][];
}

export interface PeerOptions {
  readonly namespace?: Namespace;
  readonly isOld?: boolean;
  readonly userId?: string;
  readonly clientId?: string;
  readonly projectId?: string;
  readonly role?: "viewer" | "editor" | "none";
}

let count = 0;

/** One network for all: counts how often an event was encoded for many. */
export function createFakeTransport(): PeerTransport & { multicasts: number } {
  const transport = {
    multicasts: 0,
    multicast(peers: ReadonlySet<Peer>, event: string, payload: unknown) {
      transport.multicasts += 1;
      for (const peer of peers) peer.send(event, payload);
    },
  };
  return transport;
}

/** The network's end of one socket, held still by a test. */
export function createFakePeer(transport: PeerTransport, options: PeerOptions = {}): FakePeer {
  const { namespace = "/terminal", isOld = false, userId = "ann", role = "editor" } = options;
  const id = `peer-${++count}`;
  const drains: (() => void)[] = [];
  const principal: Principal = {
    userId,
    local: false,
    readsAll: true,
    roleIn: () => (role === "none" ? undefined : role),
  };
  const peer: FakePeer = {
    id,
    namespace,
    connection: id,
    transport,
    inbox: [],
    requests: [],
    onRequest: (request) => request.answer({ success: true }),
    unsent: 0,
    isClosed: false,
    send(event, payload) {
      if (!peer.isClosed) peer.inbox.push({ event, payload });
    },
    request(event, payload) {
      return new Promise((resolve, reject) => {
        const fail = (): void => reject(new Error("no ack"));
        if (peer.isClosed) return fail();
        const request = { event, payload, answer: resolve, fail };
        peer.inbox.push({ event, payload });
        peer.requests.push(request);
        peer.onRequest?.(request);
      });
    },
    close() {
      peer.isClosed = true;
    },
    unsentBytes: () => peer.unsent,
    whenDrained: (callback) => void drains.push(callback),
    drain() {
      peer.unsent = 0;
      for (const callback of drains.splice(0)) callback();
    },
    caller: {
      get peer() {
        return peer;
      },
      principal,
      clientId: options.clientId ?? `client-${id}`,
      ...(options.projectId === undefined ? {} : { projectId: options.projectId }),
      isOld,
      batch: !isOld,
    },
    got: (event) => peer.inbox.filter((got) => got.event === event).map(({ payload }) => payload),
  };
  return peer;
}
