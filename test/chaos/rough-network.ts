import type { ConnectTransport, Transport, Wire, WireListener } from "../../sdk/connection/transport.ts";
import type { ManualClock } from "../support/manual-clock.ts";
import type { FaultCounts } from "./faults.ts";

export interface RoughNetworkOptions {
  readonly connect: ConnectTransport;
  readonly clock: ManualClock;
  /** From 0 to below 1, of the run's seed. */
  random(): number;
  readonly count: FaultCounts;
}

/** A network that delays, repeats, swaps, swallows and breaks. Once healed it is only slow. */
export interface RoughNetwork {
  /** For one page: what it sent still travels when the page is gone, and nothing comes back. */
  open(): { readonly connect: ConnectTransport; kill(): void };
  /** Breaks everything that is up. */
  cut(): void;
  /** Breaks everything, and lets nobody connect until `up`. */
  down(): void;
  up(): void;
  heal(): void;
}

interface NetworkPage {
  isGone: boolean;
  readonly ends: Set<() => void>;
}

/** Where a page that is gone connects to, or any while the network is down. */
const NOWHERE: Transport = {
  close() {},
  join: () => ({ send() {}, request() {}, leave() {} }),
};

const MAX_DELAY_MS = 120;
/** As Engine.IO's: ping interval and timeout. */
const SILENCE_MS = 45_000;
/** Chances of what may become of one thing under way. */
const DUPLICATE = 0.04;
const SWAP = 0.03;
const LOST_ACK = 0.02;
const HALF_OPEN = 0.004;
const BREAK = 0.01;

export function createRoughNetwork({ connect, clock, random, count }: RoughNetworkOptions): RoughNetwork {
  const connections = new Set<() => void>();
  let isHealed = false;
  let isDown = false;
  const chance = (odds: number): boolean => !isHealed && random() < odds;

  function rough(transport: Transport, page: NetworkPage): Transport {
    const listeners = new Set<WireListener>();
    let isOver = false;
    let isHalfOpen = false;
    /** Ways keep their order each: out, in, and acks, which may overtake events. */
    const lastAt = { out: 0, in: 0, ack: 0 };

    const end = (): void => {
      if (isOver) return;
      isOver = true;
      count.drop += 1;
      forget();
      transport.close();
      if (!page.isGone) for (const listener of listeners) listener.closed({ kind: "lost", message: "cut" });
    };
    const forget = (): void => {
      connections.delete(end);
      page.ends.delete(end);
    };
    connections.add(end);
    page.ends.add(end);

    const later = (way: keyof typeof lastAt, task: () => void): void => {
      if (isOver || isHalfOpen || (page.isGone && way === "out")) return;
      if (chance(HALF_OPEN)) {
        isHalfOpen = true;
        count["half-open"] += 1;
        clock.schedule(SILENCE_MS, end);
        return;
      }
      if (chance(BREAK)) clock.schedule(Math.floor(random() * MAX_DELAY_MS), end);
      const delayMs = Math.floor(random() * (isHealed ? 10 : MAX_DELAY_MS));
      if (delayMs > MAX_DELAY_MS / 2) count.delay += 1;
      const at = Math.max(lastAt[way], clock.now() + delayMs);
      lastAt[way] = at;
      clock.schedule(at - clock.now(), () => {
        if (!isOver && !isHalfOpen && (way === "out" || !page.isGone)) task();
      });
    };

    return {
      close() {
        isOver = true;
        forget();
        transport.close();
      },
      join(namespace, auth, listener): Wire {
        listeners.add(listener);
        let withheld: (() => void) | undefined;
        const wire = transport.join(namespace, auth, {
          joined: () => later("in", () => listener.joined()),
          closed: (cause) => {
            later("in", () => {
              listeners.delete(listener);
              listener.closed(cause);
            });
          },
          event(name, payload, reply) {
            const tell = (): void => listener.event(name, payload, reply);
            const mayStray = name === "events";
            if (mayStray && withheld === undefined && chance(SWAP)) {
              withheld = tell;
              return;
            }
            later("in", tell);
            if (mayStray && chance(DUPLICATE)) {
              count.duplicate += 1;
              later("in", tell);
            }
            if (withheld === undefined) return;
            count.reorder += 1;
            later("in", withheld);
            withheld = undefined;
          },
        });
        return {
          send: (event, payload) => later("out", () => wire.send(event, payload)),
          request: (event, payload, answer) =>
            later("out", () =>
              wire.request(event, payload, (ack) => {
                if (chance(LOST_ACK)) count["lost ack"] += 1;
                else later("ack", () => answer(ack));
              }),
            ),
          leave: () => wire.leave(),
        };
      },
    };
  }

  const cut = (): void => {
    for (const end of [...connections]) end();
  };

  return {
    open() {
      const page: NetworkPage = { isGone: false, ends: new Set() };
      return {
        connect: (options) => (page.isGone || isDown ? NOWHERE : rough(connect(options), page)),
        kill() {
          page.isGone = true;
          for (const end of page.ends) clock.schedule(MAX_DELAY_MS, end);
        },
      };
    },
    cut,
    down() {
      isDown = true;
      cut();
    },
    up() {
      isDown = false;
    },
    heal() {
      isHealed = true;
      cut();
    },
  };
}
