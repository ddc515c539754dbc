import type { DetachReason, Peer, PeerTransport } from "../../server/core/ports/peer.ts";
import type { CloseCause, Wire, WireListener } from "../connection/transport.ts";
import type { Namespace } from "../protocol/index.ts";
import { createMemoryLane, type LaneNetwork } from "./memory-lane.ts";
import { wireClone, wireSize } from "./wire-clone.ts";

/** What the server side of one namespace connection is told. */
export interface MemoryServerSide {
  receive(peer: Peer, event: string, payload: unknown, ack?: (answer: unknown) => void): void;
  detach(peer: Peer, reason: DetachReason): void;
}

export interface MemorySocketOptions {
  readonly id: string;
  readonly namespace: Namespace;
  readonly connection: string;
  readonly transport: PeerTransport;
  readonly server: MemoryServerSide;
  readonly listener: WireListener;
  /** A larger frame from the client ends its connection. */
  readonly frameBytes: number;
  readonly schedule: (delayMs: number, task: () => void) => () => void;
  /** Default: one without faults. */
  readonly network?: LaneNetwork | undefined;
  /** Ends the whole connection from the server's side. */
  readonly closeConnection: (reason: DetachReason, cause: CloseCause) => void;
}

/** One namespace over one in-memory connection: a `Peer` for the server, a `Wire` for the client. */
export interface MemorySocket {
  readonly peer: Peer;
  readonly wire: Wire;
  joined(): void;
  /** Ends it at both ends. With `orderly` the client still gets what was sent before. */
  end(reason: DetachReason, cause: CloseCause, orderly: boolean): void;
  /** The client went away by itself: it hears nothing any more. */
  abandon(reason: DetachReason): void;
}

export function createMemorySocket(options: MemorySocketOptions): MemorySocket {
  const { server, listener, schedule, frameBytes } = options;
  const toClient = createMemoryLane(options.network);
  const toServer = createMemoryLane(options.network);
  const pending = new Set<(error: Error) => void>();
  let isOpen = true;

  function gone(reason: DetachReason): void {
    isOpen = false;
    toServer.close();
    for (const reject of pending) reject(new Error("the peer is gone"));
    pending.clear();
    server.detach(peer, reason);
  }

  const peer: Peer = {
    id: options.id,
    namespace: options.namespace,
    connection: options.connection,
    transport: options.transport,
    send(event, payload) {
      if (!isOpen) return;
      const copy = wireClone(payload);
      toClient.push(() => listener.event(event, copy));
    },
    request(event, payload, timeoutMs) {
      return new Promise((resolve, reject) => {
        if (!isOpen) return reject(new Error("the peer is gone"));
        const copy = wireClone(payload);
        pending.add(reject);
        const cancel = schedule(timeoutMs, () => {
          if (pending.delete(reject)) reject(new Error("no ack in time"));
        });
        const reply = (answer: unknown): void => {
          const said = wireClone(answer);
          toServer.push(() => {
            if (!pending.delete(reject)) return;
            cancel();
            resolve(said);
          });
        };
        toClient.push(() => listener.event(event, copy, reply));
      });
    },
    close(whole = false) {
      if (!isOpen) return;
      if (whole) options.closeConnection("server namespace disconnect", { kind: "kicked" });
      else end("server namespace disconnect", { kind: "kicked" }, true);
    },
    unsentBytes: () => 0,
    whenDrained: (callback) => queueMicrotask(callback),
  };

  function end(reason: DetachReason, cause: CloseCause, orderly: boolean): void {
    if (!isOpen) return;
    const last = (): void => listener.closed(cause);
    if (!orderly) toClient.close();
    if (orderly) toClient.end(last);
    else queueMicrotask(last);
    gone(reason);
  }

  function frame(event: string, payload: unknown, answer?: (ack: unknown) => void): void {
    if (!isOpen) return;
    if (wireSize(payload) > frameBytes) {
      options.closeConnection("transport close", { kind: "lost", message: "transport close" });
      return;
    }
    const copy = wireClone(payload);
    const ack =
      answer === undefined
        ? undefined
        : (result: unknown): void => {
            const said = wireClone(result);
            toClient.push(() => answer(said));
          };
    toServer.push(() => server.receive(peer, event, copy, ack));
  }

  return {
    peer,
    wire: {
      send: (event, payload) => frame(event, payload),
      request: frame,
      leave: () => abandon("client namespace disconnect"),
    },
    joined: () => toClient.push(() => listener.joined()),
    end,
    abandon,
  };

  function abandon(reason: DetachReason): void {
    if (!isOpen) return;
    toClient.close();
    gone(reason);
  }
}
