export interface Heard {
  readonly event: string;
  readonly payload: unknown;
}

/** What a client heard, and who waits for more of it. */
export interface Hearing {
  readonly events: readonly Heard[];
  heard(event: string, payload: unknown): void;
  /** The next event of this name that was not given yet; rejects when none comes in time. */
  next(event: string): Promise<unknown>;
}

export function createHearing(timeoutMs: number): Hearing {
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
    heard(event, payload) {
      events.push({ event, payload });
      for (const look of [...waiting]) look();
    },
    next: (event) =>
      new Promise((resolve, reject) => {
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
          reject(new Error(`no ${event} within ${timeoutMs} ms; heard: ${names}`));
        }, timeoutMs);
        waiting.add(look);
        look();
      }),
  };
}
