import { availableParallelism } from "node:os";
import { createMirror } from "../../sdk/emulator/mirror.ts";
import type { Emulator } from "../core/terminals/emulator.ts";
import { createMirrorThread, type MirrorThread } from "./mirror-thread.ts";
import { deflate, pack, unpack } from "./packing.ts";

export interface MirrorEmulatorOptions {
  /** Threads at most. Default: one less than there are processors, 1 to 4. */
  readonly threads?: number;
  /** A thread that does nothing for so long, in milliseconds, with something to do is ended. Default 2,000. */
  readonly silentMs?: number;
  /** What runs in a thread. */
  readonly script?: URL;
}

/** Mirrors in one thread before another is started. */
const CROWD = 50;
/** A thread without mirrors is kept for a while: the next snapshot comes soon, and starting one takes 0.1 s. */
const LINGER_MS = 10_000;
const START_MS = 10_000;

/**
 * Screens kept by @xterm/headless in threads of their own, so that no output can hold up the server. A thread that
 * hangs is ended and another takes its place; its mirrors are lost, and rebuilt by who holds them. Threads start with
 * the first mirror, end after the last, and do not keep the process alive. Where none can be started (a bundle without
 * the script), mirrors are in this thread.
 */
export function createMirrorEmulator(options: MirrorEmulatorOptions = {}): Emulator {
  const {
    threads: most = Math.min(4, Math.max(1, availableParallelism() - 1)),
    silentMs = 2_000,
    script = new URL("./mirror-worker.ts", import.meta.url),
  } = options;
  const threads = new Map<MirrorThread, NodeJS.Timeout | undefined>();
  let hasThreads = true;

  const start = (): MirrorThread => {
    const thread = createMirrorThread({
      ...{ script, silentMs, startMs: START_MS },
      onEmpty() {
        clearTimeout(threads.get(thread));
        if (thread.isDead) {
          threads.delete(thread);
          hasThreads &&= thread.hasStarted;
        } else threads.set(thread, setTimeout(thread.end, LINGER_MS).unref());
      },
    });
    threads.set(thread, undefined);
    return thread;
  };

  const pick = (): MirrorThread => {
    const [best] = [...threads.keys()].sort((a, b) => a.mirrors - b.mirrors);
    if (best === undefined || (best.mirrors >= CROWD && threads.size < most)) return start();
    clearTimeout(threads.get(best));
    threads.set(best, undefined);
    return best;
  };

  return {
    createMirror: (given) => (hasThreads ? pick().createMirror(given) : createMirror(given)),
    pack,
    unpack,
    deflate,
  };
}
