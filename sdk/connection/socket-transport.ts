import { openEngine } from "./engine.ts";
import { createDecoder, encodePacket, PACKET, type Packet } from "./packets.ts";
import type { CloseCause, ConnectTransport, WireListener } from "./transport.ts";

/** A namespace that was asked for and did not end. */
interface Member {
  readonly auth: Readonly<Record<string, unknown>>;
  readonly listener: WireListener;
  readonly answers: Map<number, (ack: unknown) => void>;
  isJoined: boolean;
}

/** Anything may come over a wire: every field is checked before use. */
function rejection(data: unknown): CloseCause {
  const { message, data: details } = (data ?? {}) as { message?: unknown; data?: unknown };
  const { code, retryAfterMs } = (details ?? {}) as { code?: unknown; retryAfterMs?: unknown };
  return {
    kind: "rejected",
    message: String(message),
    code: typeof code === "string" ? code : undefined,
    retryAfterMs: typeof retryAfterMs === "number" ? retryAfterMs : undefined,
  };
}

function endpoint(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  const scheme = protocol === "https:" || protocol === "wss:" ? "https" : "http";
  return `${scheme}://${host}${pathname.replace(/\/$/, "")}/socket.io/?EIO=4`;
}

/**
 * Socket.IO over one Engine.IO connection: namespaces, events, acks both ways, bytes. Wire compatible with any
 * socket.io server. Written anew: the client library is 13 KiB, most of it a second machine for reconnecting; this is 2.
 */
export function createSocketTransport(): ConnectTransport {
  return ({ url, timeoutMs }) => {
    const members = new Map<string, Member>();
    const decode = createDecoder();
    let isOpen = false;
    let lastId = 0;

    const send = (packet: Packet): void => {
      for (const message of encodePacket(packet)) engine.send(message);
    };
    const ask = (namespace: string, { auth }: Member): void =>
      send({ type: PACKET.connect, namespace, data: auth });

    const end = (namespace: string, cause: CloseCause): void => {
      const member = members.get(namespace);
      members.delete(namespace);
      member?.listener.closed(cause);
    };

    const hearEvent = ({ namespace, id, data }: Packet, { listener }: Member): void => {
      // Events are arrays that begin with their name: the decoder saw to it.
      const [name, payload] = data as [string, unknown];
      if (id === undefined) listener.event(name, payload);
      else {
        listener.event(name, payload, (answer) => {
          if (members.get(namespace)?.listener === listener) {
            send({ type: PACKET.ack, namespace, id, data: [answer] });
          }
        });
      }
    };

    const take = (packet: Packet, member: Member): void => {
      const { type, namespace, id, data } = packet;
      if (type === PACKET.event) hearEvent(packet, member);
      else if (type === PACKET.ack) {
        // An ack has an id and an array: the decoder saw to it.
        const answer = member.answers.get(id as number);
        member.answers.delete(id as number);
        answer?.((data as unknown[])[0]);
      } else if (type === PACKET.connect) {
        member.isJoined = true;
        member.listener.joined();
      } else end(namespace, type === PACKET.disconnect ? { kind: "kicked" } : rejection(data));
    };

    const engine = openEngine({
      url: endpoint(url),
      timeoutMs,
      listener: {
        opened() {
          isOpen = true;
          for (const [namespace, member] of members) ask(namespace, member);
        },
        message(message) {
          let packet: Packet | undefined;
          try {
            packet = decode(message);
          } catch {
            engine.fail("parse error");
          }
          const member = packet && members.get(packet.namespace);
          if (packet !== undefined && member !== undefined) take(packet, member);
        },
        closed(message) {
          isOpen = false;
          for (const namespace of [...members.keys()]) end(namespace, { kind: "lost", message });
        },
      },
    });

    const leave = (namespace: string, member: Member): void => {
      if (members.get(namespace) !== member) return;
      members.delete(namespace);
      // Said even where the connection ends with it: a server tells leaving from getting lost.
      if (member.isJoined) send({ type: PACKET.disconnect, namespace });
    };

    return {
      join(namespace, auth, listener) {
        const member: Member = { auth, listener, answers: new Map(), isJoined: false };
        members.set(namespace, member);
        if (isOpen) ask(namespace, member);
        const emit = (event: string, payload: unknown, id?: number): void =>
          send({
            type: PACKET.event,
            namespace,
            id,
            data: payload === undefined ? [event] : [event, payload],
          });
        return {
          send: emit,
          request(event, payload, answer) {
            lastId += 1;
            emit(event, payload, lastId);
            member.answers.set(lastId, answer);
          },
          leave: () => leave(namespace, member),
        };
      },
      close() {
        for (const [namespace, member] of [...members]) leave(namespace, member);
        engine.close();
      },
    };
  };
}
