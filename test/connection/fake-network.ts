import type {
  CloseCause,
  ConnectTransport,
  Transport,
  WireListener,
} from "../../sdk/connection/transport.ts";
import type { ConnectionStatus } from "../../sdk/protocol/index.ts";

/** Something a client sent. */
export interface Sent {
  readonly event: string;
  readonly payload: unknown;
  /** Answers a request. */
  readonly answer?: (ack: unknown) => void;
}

/** One namespace joined by a client, from the server's side. */
export interface FakeWire {
  readonly namespace: string;
  readonly auth: Readonly<Record<string, unknown>>;
  readonly sent: Sent[];
  hasLeft: boolean;
  /** `connection_status`, with what a test wants to be different. */
  greet(over?: Partial<ConnectionStatus>): void;
  say(event: string, payload?: unknown, reply?: (answer: unknown) => void): void;
  end(cause?: CloseCause): void;
  /** What was sent under this name. */
  of(event: string): Sent[];
}

export interface FakeTransport {
  readonly url: string;
  readonly wires: FakeWire[];
  isClosed: boolean;
  /** The wire of a namespace; the first one joined by default. */
  wire(namespace?: string): FakeWire;
}

/** A network without a server: the test says what happens. */
export interface FakeNetwork {
  readonly connect: ConnectTransport;
  /** One per attempt. */
  readonly transports: FakeTransport[];
  readonly last: FakeTransport;
  /** Keeps speaking on wires that were left and transports that were closed, as a late packet would. */
  speakFromTheGrave: boolean;
}

export const LOST: CloseCause = { kind: "lost", message: "transport close" };

export function createFakeNetwork(now: () => number): FakeNetwork {
  const transports: FakeTransport[] = [];
  let count = 0;

  const createWire = (
    owner: FakeTransport,
    namespace: string,
    auth: Readonly<Record<string, unknown>>,
    listener: WireListener,
  ): FakeWire => {
    const hears = (): boolean => network.speakFromTheGrave || !(owner.isClosed || wire.hasLeft);
    const wire: FakeWire = {
      namespace,
      auth,
      sent: [],
      hasLeft: false,
      greet(over = {}) {
        count += 1;
        if (!hears()) return;
        listener.joined();
        listener.event("connection_status", {
          status: "connected",
          connectionId: `socket-${count}`,
          clientId: String(auth["clientId"]),
          serverId: "server",
          protocol: 1,
          serverTime: now(),
          pingIntervalMs: 25_000,
          pingTimeoutMs: 20_000,
          ...over,
        } satisfies ConnectionStatus);
      },
      say(event, payload, reply) {
        if (hears()) listener.event(event, payload, reply);
      },
      end(cause = LOST) {
        if (hears()) listener.closed(cause);
      },
      of: (event) => wire.sent.filter((sent) => sent.event === event),
    };
    return wire;
  };

  const network: FakeNetwork = {
    transports,
    speakFromTheGrave: false,
    get last() {
      const last = transports.at(-1);
      if (last === undefined) throw new Error("nothing was connected");
      return last;
    },
    connect({ url }): Transport {
      const transport: FakeTransport = {
        url,
        wires: [],
        isClosed: false,
        wire(namespace) {
          const found = transport.wires.findLast(
            (wire) => namespace === undefined || wire.namespace === namespace,
          );
          if (found === undefined) throw new Error(`${namespace ?? "no namespace"} was not joined`);
          return found;
        },
      };
      transports.push(transport);
      return {
        join(namespace, auth, listener) {
          const wire = createWire(transport, namespace, auth, listener);
          transport.wires.push(wire);
          return {
            send: (event, payload) => void wire.sent.push({ event, payload }),
            request: (event, payload, answer) => void wire.sent.push({ event, payload, answer }),
            leave() {
              wire.hasLeft = true;
            },
          };
        },
        close() {
          transport.isClosed = true;
        },
      };
    },
  };
  return network;
}
