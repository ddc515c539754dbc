import type { ChannelEvent, ChannelPublishAck } from "../../../sdk/protocol/index.ts";
import type { ChannelPlace } from "./channel-place.ts";

/** One channel as this server hears it: every event once and in order, by message, or from Redis where one is missing. */
export interface ChannelFollower {
  accept(text: string): void;
  /** Looks what came since; after each cut, and now and then, in case a message was lost in silence. */
  catchUp(): Promise<void>;
  /** Resolves when what is told from now on follows what is read from now on without a hole. */
  begun(): Promise<void>;
}

export interface ChannelFollowerDeps {
  readonly place: ChannelPlace;
  readonly tell: (event: ChannelEvent) => void;
}

/** Messages that came ahead of a missing one; beyond that they are read. */
const MOST_EARLY = 1_000;

export function createChannelFollower({ place, tell }: ChannelFollowerDeps): ChannelFollower {
  let position: ChannelPublishAck | undefined;
  let early: ChannelEvent[] = [];
  let reading: Promise<void> | undefined;
  let isBehind = false;

  function take(event: ChannelEvent): void {
    position = { epoch: event.epoch, offset: event.offset };
    tell(event);
  }

  /** Takes what follows, drops what was had, and leaves what is ahead. */
  function drain(): void {
    const ahead: ChannelEvent[] = [];
    for (const event of early) {
      const isOfEpoch = position?.epoch === event.epoch;
      const last = position?.offset ?? 0;
      if (isOfEpoch && event.offset <= last) continue;
      if (isOfEpoch && event.offset === last + 1) take(event);
      else ahead.push(event);
    }
    early = ahead;
  }

  async function readOn(): Promise<void> {
    // What came before the read and is not in it belongs to a history that is over.
    const before = new Set(early);
    const found = await place.read(position);
    const { epoch, offset, events } = found;
    if (position === undefined) position = { epoch, offset };
    else if (position.epoch === epoch) {
      for (const event of events) if (event.offset > position.offset) take(event);
      position = { epoch, offset };
    } else {
      // Nobody's position holds in the new epoch; its last event makes hearers ask for the rest.
      position = { epoch, offset };
      const last = events.at(-1);
      if (last !== undefined) tell(last);
    }
    drain();
    early = early.filter((event) => !before.has(event));
    if (early.length > 0) isBehind = true;
  }

  function catchUp(): Promise<void> {
    isBehind = true;
    reading ??= (async () => {
      try {
        while (isBehind) {
          isBehind = false;
          await readOn();
        }
      } finally {
        reading = undefined;
      }
    })();
    return reading;
  }

  return {
    accept(text) {
      if (early.length >= MOST_EARLY) early = [];
      early.push(place.eventOf(text));
      if (reading !== undefined) return;
      drain();
      // Out of reach: it is read once Redis is back.
      if (early.length > 0) catchUp().catch(() => undefined);
    },
    catchUp,
    begun: async () => (position === undefined ? catchUp() : undefined),
  };
}
