import type { ClientPayload } from "../../../sdk/protocol/index.ts";
import type { FakePeer, Got, PeerOptions } from "../fake-peer.ts";
import type { AnyAck, TerminalEvent } from "../fixture.ts";

/** A server as connections reach it: a fixture, or one of a cluster. */
export interface Server {
  peer(options?: PeerOptions): FakePeer;
  call<E extends TerminalEvent>(
    peer: FakePeer,
    event: E,
    payload: ClientPayload<E>,
    tag: string,
  ): Promise<AnyAck>;
  readonly terminals: { detached(peer: FakePeer): void };
}

/**
 * One connection of a client: both directions keep their order, nothing moves but by `up` and `down`, and a cut loses
 * what is on the way.
 */
export interface Wire {
  readonly peer: FakePeer;
  readonly isCut: boolean;
  send<E extends TerminalEvent>(event: E, payload: ClientPayload<E>, onAck?: (ack: AnyAck) => void): void;
  /** Moves up to `count` messages to the server. */
  up(count: number): void;
  /** Moves up to `count` messages to the client. */
  down(count: number): void;
  /** Nothing moves any more. The server knows it at once, or when told by `noticed`. */
  cut(): void;
  noticed(): void;
}

export function createWire(
  server: Server,
  peer: FakePeer,
  onMessage: (message: Got, answer: (ack: unknown) => void) => void,
): Wire {
  const outbox: (() => void)[] = [];
  const acks = new Map<string, (ack: AnyAck) => void>();
  let read = 0;
  let tags = 0;
  let isCut = false;
  let isNoticed = false;
  peer.onRequest = undefined;

  const wire: Wire = {
    peer,
    get isCut() {
      return isCut;
    },
    send(event, payload, onAck) {
      if (isCut) return;
      const tag = `${event}#${++tags}`;
      if (onAck !== undefined) acks.set(`ack:${tag}`, onAck);
      outbox.push(() => void server.call(peer, event, payload, tag));
    },
    up(count) {
      for (const message of outbox.splice(0, count)) message();
    },
    down(count) {
      const until = Math.min(peer.inbox.length, read + count);
      while (read < until && !isCut) {
        const message = peer.inbox[read++]!;
        const onAck = acks.get(message.event);
        if (onAck !== undefined) onAck(message.payload);
        else if (!message.event.startsWith("ack:")) {
          const request = peer.requests.find(({ payload }) => payload === message.payload);
          onMessage(message, (ack) => {
            // The ack travels to the server like anything else.
            if (!isCut && request !== undefined) outbox.push(() => request.answer(ack));
          });
        }
      }
    },
    cut() {
      isCut = true;
      outbox.length = 0;
    },
    noticed() {
      if (isNoticed) return;
      isNoticed = true;
      peer.isClosed = true;
      server.terminals.detached(peer);
      for (const request of peer.requests) request.fail();
    },
  };
  return wire;
}
