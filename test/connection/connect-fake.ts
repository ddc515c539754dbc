import { type Connection, type ConnectionAuth, createConnection } from "../../sdk/connection/connection.ts";
import type { Link } from "../../sdk/connection/link.ts";
import { TIMINGS, type Timings } from "../../sdk/connection/timings.ts";
import { createTrace, type Trace } from "../../sdk/trace/create-trace.ts";
import { createManualClock, type ManualClock } from "../support/manual-clock.ts";
import { createFakeNetwork, type FakeNetwork } from "./fake-network.ts";

export interface FakeConnection {
  readonly clock: ManualClock;
  readonly network: FakeNetwork;
  readonly connection: Connection;
  readonly link: Link;
  readonly errors: unknown[];
  readonly trace: Trace;
  readonly lives: number;
  /** Connects, greets and syncs. */
  goLive(): void;
}

export interface FakeConnectionOptions {
  readonly auth?: Partial<ConnectionAuth>;
  readonly timings?: Partial<Timings>;
  readonly random?: () => number;
}

/** A connection over a fake network, without a token and without parts. */
export function connectFake(options: FakeConnectionOptions = {}): FakeConnection {
  const clock = createManualClock();
  const network = createFakeNetwork(clock.now);
  const errors: unknown[] = [];
  const onError = (error: unknown): void => void errors.push(error);
  const { trace, record } = createTrace("c1", clock.now, onError);
  let lives = 0;
  const connection = createConnection({
    url: "http://fake",
    namespace: "/ui",
    transport: network.connect,
    clock,
    timings: { ...TIMINGS, ...options.timings },
    random: options.random ?? (() => 0.5),
    record,
    onError,
    auth: {
      canAuthenticate: false,
      obtain: () => Promise.resolve(undefined),
      refused() {},
      greeted: () => true,
      lost() {},
      ...options.auth,
    },
    handshake: (namespace) => ({ clientId: "c1", namespace }),
    onLive() {
      lives += 1;
    },
  });
  return {
    clock,
    network,
    connection,
    link: connection.link("/ui"),
    errors,
    trace,
    get lives() {
      return lives;
    },
    goLive() {
      connection.connect();
      network.last.wire("/ui").greet();
      connection.synced();
    },
  };
}
