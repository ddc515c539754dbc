/** What a bare client sees and does: no state, no reconnecting. */
export interface RawClient {
  /** Everything heard so far, in order. */
  readonly events: readonly Heard[];
  /** The next event of this name that `next` did not give yet; rejects when none comes in time. */
  next(event: string): Promise<unknown>;
  emit(event: string, payload?: unknown): void;
  /** Resolves with the ack; rejects when none comes in time. */
  request(event: string, payload?: unknown): Promise<Record<string, unknown>>;
  /** How the connection ended. */
  readonly closed: Promise<string>;
  /** Answers the server's requests for an ack to this event. */
  answer(event: string, reply: (payload: unknown) => unknown): void;
  /** Another namespace over the same connection. */
  join(namespace: string, auth?: object): Promise<RawClient>;
  close(): void;
  /** The network breaks. */
  cut(): void;
}

export interface Heard {
  readonly event: string;
  readonly payload: unknown;
}

/** A connection the server refused. */
export class Refused extends Error {
  readonly data: unknown;
  constructor(message: string, data: unknown) {
    super(message);
    this.data = data;
  }
}

const DEADLINE_MS = 5_000;

/** The half of a raw client that does not know its network: what was heard, and who waits for it. */
export function createHearing() {
  const events: Heard[] = [];
  const given = new Map<string, number>();
  const waiting = new Set<() => void>();

  function take(event: string): { readonly payload: unknown } | undefined {
    const from = given.get(event) ?? 0;
    const index = events.findIndex((heard, at) => at >= from && heard.event === event);
    if (index === -1) return undefined;
    given.set(event, index + 1);
    return { payload: events[index]?.payload };
  }

  return {
    events,
    heard(event: string, payload: unknown): void {
      events.push({ event, payload });
      for (const look of [...waiting]) look();
    },
    next(event: string): Promise<unknown> {
      return new Promise((resolve, reject) => {
        const look = (): void => {
          const found = take(event);
          if (found === undefined) return;
          waiting.delete(look);
          clearTimeout(timer);
          resolve(found.payload);
        };
        const timer = setTimeout(() => {
          waiting.delete(look);
          const names = events.map((heard) => heard.event).join(", ");
          reject(new Error(`no ${event} in time; heard: ${names}`));
        }, DEADLINE_MS);
        waiting.add(look);
        look();
      });
    },
  };
}

export function inTime<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} in time`)), DEADLINE_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
