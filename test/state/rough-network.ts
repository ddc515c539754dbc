import type { ConnectTransport, Transport, Wire, WireListener } from "../../sdk/connection/transport.ts";
import type { ManualClock } from "../support/manual-clock.ts";

export interface RoughNetworkOptions {
  readonly connect: ConnectTransport;
  readonly clock: ManualClock;
  /** From 0 to below 1, of the run's seed. */
  random(): number;
}

/** A network that delays, repeats, swaps, swallows and breaks. Once healed it is only slow. */
export interface RoughNetwork {
  readonly connect: ConnectTransport;
  /** Breaks everything that is up. */
  cut(): void;
  heal(): void;
}

const MAX_DELAY_MS = 120;
/** As Engine.IO's: ping interval and timeout. */
const SILENCE_MS = 45_000;
/** Chances of what may become of one thing under way. */
const DUPLICATE = 0.04;
const SWAP = 0.03;
const LOST_ACK = 0.02;
const HALF_OPEN = 0.004;
const BREAK = 0.01;

export function createRoughNetwork({ connect, clock, random }: RoughNetworkOptions): RoughNetwork {
  const connections = new Set<() => void>();
  let isHealed = false;
  const chance = (odds: number): boolean => !isHealed && random() < odds;

  function rough(transport: Transport): Transport {
    const listeners = new Set<WireListener>();
    let isOver = false;
    let isHalfOpen = false;
    /** Ways keep their order each: out, in, and acks, which may overtake events. */
    const lastAt = { out: 0, in: 0, ack: 0 };

    const end = (): void => {
      if (isOver) return;
      isOver = true;
      connections.delete(end);
      transport.close();
      for (const listener of listeners) listener.closed({ kind: "lost", message: "cut" });
    };
    connections.add(end);

    const later = (way: keyof typeof lastAt, task: () => void): void => {
      if (isOver || isHalfOpen) return;
      if (chance(HALF_OPEN)) {
        isHalfOpen = true;
        clock.schedule(SILENCE_MS, end);
        return;
      }
      if (chance(BREAK)) {
        clock.schedule(Math.floor(random() * MAX_DELAY_MS), end);
      }
      const at = Math.max(lastAt[way], clock.now() + Math.floor(random() * (isHealed ? 10 : MAX_DELAY_MS)));
      lastAt[way] = at;
      clock.schedule(at - clock.now(), () => {
        if (!isOver && !isHalfOpen) task();
      });
    };

    return {
      close() {
        isOver = true;
        connections.delete(end);
        transport.close();
      },
      join(namespace, auth, listener): Wire {
        listeners.add(listener);
        let withheld: (() => void) | undefined;
        const wire = transport.join(namespace, auth, {
          joined: () => later("in", () => listener.joined()),
          closed: (cause) => {
            if (isOver) return;
            listeners.delete(listener);
            later("in", () => listener.closed(cause));
          },
          event(name, payload, reply) {
            const tell = (): void => listener.event(name, payload, reply);
            const mayStray = name === "events";
            if (mayStray && withheld === undefined && chance(SWAP)) {
              withheld = tell;
              return;
            }
            later("in", tell);
            if (mayStray && chance(DUPLICATE)) later("in", tell);
            if (withheld !== undefined) later("in", withheld);
            withheld = undefined;
          },
        });
        return {
          send: (event, payload) => later("out", () => wire.send(event, payload)),
          request: (event, payload, answer) =>
            later("out", () =>
              wire.request(event, payload, (ack) => {
                if (!chance(LOST_ACK)) later("ack", () => answer(ack));
              }),
            ),
          leave: () => wire.leave(),
        };
      },
    };
  }

  return {
    connect: (options) => rough(connect(options)),
    cut() {
      for (const end of [...connections]) end();
    },
    heal() {
      isHealed = true;
      for (const end of [...connections]) end();
    },
  };
}
