import type { Link } from "../../sdk/connection/link.ts";
import { HoldfastError } from "../../sdk/errors.ts";
import type { ConnectionStatus } from "../../sdk/protocol/index.ts";
import { STATUS } from "../state/fake-link.ts";
import { PATIENCE_MS } from "../support/patience.ts";

// What a test reads of a payload it knows.
// biome-ignore lint/suspicious/noExplicitAny: payloads of every event
type Payload = any;

export interface Asked {
  readonly event: string;
  readonly payload: Payload;
  answer(ack: object): void;
  refuse(error: HoldfastError): void;
}

/** A link whose other end is the test: like a socket it keeps bytes as bytes, and takes copies. */
export interface ScriptedLink extends Link {
  goUp(): void;
  /** What was asked and not answered fails with `OFFLINE`. */
  goDown(): void;
  say(event: string, payload: object, reply?: (answer: unknown) => void): void;
  /** The next request of this name that was not taken yet. */
  asked(event: string): Promise<Asked>;
  /** Requests, of this name or of any, that were not taken yet, in the order in which they were made. */
  waiting(event?: string): readonly Asked[];
  /** Takes the first request of this name that was not taken yet. */
  take(event: string): Asked | undefined;
  /** Payloads sent without an ack. */
  sent(event: string): readonly Payload[];
  readonly listeners: number;
}

export function createScriptedLink(): ScriptedLink {
  const listeners = new Map<string, Set<(payload: unknown, reply?: (answer: unknown) => void) => void>>();
  const ups = new Set<(status: ConnectionStatus) => void>();
  const downs = new Set<() => void>();
  const open = new Set<Asked>();
  const sent: { event: string; payload: Payload }[] = [];
  let queue: Asked[] = [];
  let arrived = (): void => {};
  let up: ConnectionStatus | undefined;

  const request = (event: string, payload: unknown): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (up === undefined) return reject(new HoldfastError("OFFLINE", "down"));
      const asked: Asked = {
        event,
        payload: structuredClone(payload),
        answer(ack) {
          if (open.delete(asked)) resolve(ack);
        },
        refuse(error) {
          if (open.delete(asked)) reject(error);
        },
      };
      open.add(asked);
      queue.push(asked);
      arrived();
    });

  const take = (event: string): Asked | undefined => {
    const found = queue.find((asked) => asked.event === event);
    queue = queue.filter((asked) => asked !== found);
    return found;
  };

  return {
    get up() {
      return up;
    },
    get listeners() {
      return [...listeners.values()].reduce((sum, { size }) => sum + size, ups.size + downs.size);
    },
    send(event, payload) {
      if (up !== undefined) sent.push({ event, payload: structuredClone(payload) });
      return up !== undefined;
    },
    // The test answers with what the contract says.
    request: request as Link["request"],
    on(event, listener) {
      const set = listeners.get(event) ?? new Set();
      listeners.set(event, set.add(listener));
      return () => void set.delete(listener);
    },
    onAny: () => () => {},
    onUp(listener) {
      ups.add(listener);
      return () => void ups.delete(listener);
    },
    onDown(listener) {
      downs.add(listener);
      return () => void downs.delete(listener);
    },
    goUp() {
      up = STATUS;
      for (const listener of [...ups]) listener(STATUS);
    },
    goDown() {
      up = undefined;
      queue = [];
      for (const asked of [...open]) asked.refuse(new HoldfastError("OFFLINE", "went down"));
      for (const listener of [...downs]) listener();
    },
    say(event, payload, reply) {
      for (const listener of [...(listeners.get(event) ?? [])]) listener(payload, reply);
    },
    asked: (event) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(
          () => reject(new Error(`no ${event}; waiting: ${queue.map((asked) => asked.event).join(" ")}`)),
          PATIENCE_MS,
        );
        const look = (): void => {
          const found = take(event);
          if (found === undefined) return;
          clearTimeout(late);
          arrived = () => {};
          resolve(found);
        };
        arrived = look;
        look();
      }),
    waiting: (event) => queue.filter((asked) => event === undefined || asked.event === event),
    take,
    sent: (event) => sent.filter((one) => one.event === event).map(({ payload }) => payload),
  };
}
