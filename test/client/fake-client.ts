import { createClient } from "../../sdk/client.ts";
import type { ClientStatus } from "../../sdk/connection/status.ts";
import type { Client } from "../../sdk/interface.ts";
import type { ClientOptions } from "../../sdk/options.ts";
import type { ConnectionStatus } from "../../sdk/protocol/index.ts";
import { createFakeNetwork, type FakeNetwork } from "../connection/fake-network.ts";
import { createManualClock, type ManualClock } from "../support/manual-clock.ts";

export interface FakeClient {
  readonly client: Client;
  readonly network: FakeNetwork;
  readonly clock: ManualClock;
  readonly errors: unknown[];
  status(): ClientStatus;
  /** Greets the main namespace and answers its sync: with nothing new when the client has a position, else with tasks. */
  serve(over?: Partial<ConnectionStatus>, tasks?: readonly object[]): void;
  /** The machine slept: the time is another one, and no timer ran meanwhile. */
  sleep(ms: number): void;
  /** Lets promises settle; with milliseconds, moves the clock in steps and lets them settle in between. */
  settle(ms?: number): Promise<void>;
  /** Tokens that were sent, in handshakes of the main namespace and in `auth:refresh`. */
  tokens(): unknown[];
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A client over a network without a server. */
export function fakeClient(options: Partial<ClientOptions> = {}): FakeClient {
  const timers = createManualClock(1_000_000_000_000);
  let sleptMs = 0;
  const clock: ManualClock = {
    now: () => timers.now() + sleptMs,
    schedule: timers.schedule,
    advance: timers.advance,
    get waiting() {
      return timers.waiting;
    },
  };
  const network = createFakeNetwork(clock.now);
  const errors: unknown[] = [];
  let ids = 0;
  const client = createClient({
    url: "http://fake",
    projectId: "p1",
    transport: network.connect,
    clock,
    random: () => 0.5,
    createId: () => `id-${++ids}`,
    onError: (error) => errors.push(error),
    ...options,
  });
  return {
    client,
    network,
    clock,
    errors,
    status: () => client.status.getSnapshot(),
    serve(over = {}, tasks = []) {
      const wire = network.last.wire(options.namespace ?? "/ui");
      wire.greet(over);
      const { since } = (wire.auth["sync"] ?? {}) as { since?: { epoch: string; seq: number } };
      const focus = {
        projectId: client.projectId,
        focusedSessions: [],
        totalFocused: 0,
        maxFocused: 4,
        version: 0,
        epoch: "e1",
      };
      const common = { success: true, epoch: "e1", focus, serverTime: clock.now() };
      const snapshot = { project: null, sessions: [], tasks, teamMembers: [], mail: [], collections: {} };
      wire.say(
        "state:synced",
        since === undefined
          ? { ...common, mode: "snapshot", seq: tasks.length, ...snapshot }
          : { ...common, mode: "delta", seq: since.seq, from: since.seq, changes: {}, events: [] },
      );
    },
    sleep(ms) {
      sleptMs += ms;
    },
    async settle(ms = 0) {
      await tick();
      for (let left = ms; left > 0; left -= 1_000) {
        clock.advance(Math.min(left, 1_000));
        await tick();
      }
    },
    tokens: () =>
      network.transports.flatMap(({ wires }) =>
        wires
          .filter(({ namespace }) => namespace === (options.namespace ?? "/ui"))
          .flatMap((wire) => [
            ...("token" in wire.auth ? [wire.auth["token"]] : []),
            ...wire.of("auth:refresh").map(({ payload }) => (payload as { token: string }).token),
          ]),
      ),
  };
}
