import { type HoldfastError, isHoldfastError } from "../errors.ts";

/** How long a key typed while disconnected waits for the way back, in milliseconds (protocol section 8's promise). */
const PATIENCE_MS = 10_000;
/** Typed and not acked, in UTF-16 units; more is refused and said. */
const MAX_PENDING = 65_536;

interface Entry {
  readonly inputSeq: number;
  readonly text: string;
  readonly typedAt: number;
  /** Which sending this is the outcome of; 0: not under way. */
  attempt: number;
}

export interface InputState {
  /** Units typed and not yet taken by the owner. */
  readonly pending: number;
  /** Units that were given up since the attachment began, never to be typed. */
  readonly dropped: number;
}

export interface InputQueueOptions {
  send(text: string, inputSeq: number): Promise<unknown>;
  now(): number;
  schedule(delayMs: number, task: () => void): () => void;
  onChange(state: InputState): void;
  /** The server will never take input of this viewer. */
  onRefused(error: HoldfastError): void;
}

/**
 * Input, in order and exactly once: every piece has a number that the server remembers, so that a piece whose ack
 * was lost is sent again without being typed twice. A paste is one piece and stays whole.
 */
export interface InputQueue {
  type(text: string): void;
  /** Another way to the server is open, or `undefined`: none is. */
  connected(epoch: string | undefined): void;
  dispose(): void;
}

export function createInputQueue(options: InputQueueOptions): InputQueue {
  const { send, now, schedule, onChange, onRefused } = options;
  let entries: Entry[] = [];
  let nextSeq = 1;
  let dropped = 0;
  let epoch: string | undefined;
  let isUp = false;
  let attempts = 0;
  let cancelExpiry: (() => void) | undefined;

  const tell = (): void =>
    onChange({ pending: entries.reduce((sum, { text }) => sum + text.length, 0), dropped });

  const drop = (isGone: (entry: Entry) => boolean): void => {
    const gone = entries.filter(isGone);
    if (gone.length === 0) return;
    entries = entries.filter((entry) => !isGone(entry));
    dropped += gone.reduce((sum, { text }) => sum + text.length, 0);
    tell();
  };

  const expire = (): void => {
    cancelExpiry?.();
    cancelExpiry = undefined;
    if (isUp) return;
    drop((entry) => now() - entry.typedAt >= PATIENCE_MS);
    const first = entries[0];
    if (first !== undefined) cancelExpiry = schedule(first.typedAt + PATIENCE_MS - now(), expire);
  };

  const transmit = (entry: Entry): void => {
    attempts += 1;
    const attempt = attempts;
    entry.attempt = attempt;
    send(entry.text, entry.inputSeq).then(
      () => {
        entries = entries.filter((other) => other !== entry);
        tell();
      },
      (error: unknown) => {
        if (entry.attempt !== attempt || !entries.includes(entry)) return;
        entry.attempt = 0;
        // Down: kept, and sent again under the same number when the way is open.
        if (isHoldfastError(error, "OFFLINE") || isHoldfastError(error, "CLOSED")) return expire();
        drop((other) => other === entry);
        if (isHoldfastError(error, "FORBIDDEN")) onRefused(error);
      },
    );
  };

  return {
    type(text) {
      const pending = entries.reduce((sum, entry) => sum + entry.text.length, 0);
      if (pending + text.length > MAX_PENDING && pending > 0) {
        dropped += text.length;
        return tell();
      }
      const entry = { inputSeq: nextSeq++, text, typedAt: now(), attempt: 0 };
      entries.push(entry);
      tell();
      if (isUp) transmit(entry);
      else expire();
    },
    connected(nextEpoch) {
      isUp = nextEpoch !== undefined;
      if (nextEpoch === undefined) {
        for (const entry of entries) entry.attempt = 0;
        return expire();
      }
      // Another epoch is another shell: what was meant for the old one must not reach it.
      if (epoch !== undefined && epoch !== nextEpoch) drop(() => true);
      epoch = nextEpoch;
      drop((entry) => entry.attempt === 0 && now() - entry.typedAt >= PATIENCE_MS);
      for (const entry of entries) if (entry.attempt === 0) transmit(entry);
    },
    dispose() {
      cancelExpiry?.();
      entries = [];
    },
  };
}
