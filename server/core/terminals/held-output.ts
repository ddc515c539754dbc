import { createSanitizer } from "../../../sdk/emulator/sanitizer.ts";
import type { Clock } from "../ports/clock.ts";
import type { Size } from "./size.ts";

/** Makes output harmless; what is cut inside a sequence or character waits for its rest, for a while. */
export interface HeldOutput {
  /** Bytes held back. */
  readonly length: number;
  push(bytes: Uint8Array): void;
  /** Bytes that were made harmless elsewhere: they are released as they are, and what comes after them is understood. */
  pass(bytes: Uint8Array): void;
  /** Lets go of what is held back. */
  flush(): void;
  resize(size: Size): void;
  dispose(): void;
}

/** @param release takes what may be given offsets; `isLate` when no call of `push` or `flush` is under way */
export function createHeldOutput(
  clock: Clock,
  heldMs: number,
  size: Size,
  release: (bytes: Uint8Array, isLate: boolean) => void,
): HeldOutput {
  const sanitizer = createSanitizer({ ...size });
  let received = 0;
  /** Of what the sanitizer holds back, so much was released: it was passed. */
  let ahead = 0;
  /** Where the held part began, so that a sequence that dribbles in is not held longer for it. */
  let heldFrom = 0;
  let cancel: (() => void) | undefined;

  const stop = (): void => {
    cancel?.();
    cancel = undefined;
  };
  /** Lengths are kept, so what was passed is as much at the front of what comes out. */
  const notPassed = (bytes: Uint8Array): Uint8Array => {
    const known = Math.min(ahead, bytes.length);
    ahead -= known;
    return bytes.subarray(known);
  };
  const flush = (isLate: boolean): void => {
    stop();
    const bytes = notPassed(sanitizer.flush());
    if (bytes.length > 0) release(bytes, isLate);
  };

  return {
    get length() {
      return sanitizer.heldBytes - ahead;
    },
    push(bytes) {
      received += bytes.length;
      const free = notPassed(sanitizer.push(bytes));
      const from = received - sanitizer.heldBytes;
      if (from !== heldFrom || sanitizer.heldBytes === 0) stop();
      heldFrom = from;
      if (sanitizer.heldBytes > 0) cancel ??= clock.schedule(heldMs, () => flush(true));
      if (free.length > 0) release(free, false);
    },
    pass(bytes) {
      if (sanitizer.heldBytes > ahead) flush(false);
      received += bytes.length;
      sanitizer.push(bytes);
      ahead = sanitizer.heldBytes;
      release(bytes, false);
    },
    flush: () => flush(false),
    resize: ({ cols, rows }) => sanitizer.resize(cols, rows),
    dispose: stop,
  };
}
