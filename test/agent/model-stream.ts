import type { Terminal } from "../emulator/state-dump.ts";
import { createTerminal, feed, type Size } from "../emulator/terminals.ts";
import { PATIENCE_MS } from "../support/patience.ts";
import type { ScriptedLink } from "../terminal/scripted-link.ts";

/** What a server makes of an owner's requests, by the protocol: holes and doubles are failures of the test. */
export interface ModelStream {
  readonly terminal: Terminal;
  readonly received: number;
  readonly exitCode: number | null | undefined;
  /** Each request that brought something, in order. */
  readonly records: string[];
  /** Takes every request that waits, and answers it. */
  takeAll(): void;
  /** The same until `isEnough`. */
  takeUntil(isEnough: () => boolean): Promise<void>;
}

export function createModelStream(
  link: ScriptedLink,
  size: Size,
  offset = 0,
  screen?: Uint8Array,
): ModelStream {
  const terminal = createTerminal(size);
  if (screen !== undefined) feed(terminal, screen);
  const records: string[] = [];
  let received = offset;
  let exitCode: number | null | undefined;
  const RECORDS = ["terminal:output", "terminal:resized", "terminal:exit"];

  const take = (): boolean => {
    const next = link.waiting().find(({ event }) => RECORDS.includes(event));
    if (next === undefined) return false;
    const { event, payload } = next;
    link.take(event);
    if (exitCode !== undefined) throw new Error(`${event} after the exit`);
    if (payload.offset !== received) throw new Error(`${event} at ${payload.offset}, expected ${received}`);
    if (event === "terminal:output") {
      const bytes = typeof payload.data === "string" ? Buffer.from(payload.data) : payload.data;
      feed(terminal, bytes);
      received += bytes.length;
    } else if (event === "terminal:resized") terminal.resize(payload.cols, payload.rows);
    else exitCode = payload.exitCode;
    records.push(`${event.slice("terminal:".length)}@${payload.offset}`);
    next.answer({ success: true, offset: received });
    return true;
  };
  const takeAll = (): void => {
    while (take());
  };

  return {
    terminal,
    records,
    takeAll,
    get received() {
      return received;
    },
    get exitCode() {
      return exitCode;
    },
    async takeUntil(isEnough) {
      const late = AbortSignal.timeout(PATIENCE_MS);
      for (takeAll(); !isEnough(); takeAll()) {
        late.throwIfAborted();
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}
