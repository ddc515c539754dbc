import { attachTerminal } from "../../../sdk/terminal/attach-terminal.ts";
import { dumpState, type Terminal } from "../../emulator/state-dump.ts";
import { createBareTerminal } from "../../emulator/terminals.ts";
import { elapse } from "../../support/elapse.ts";
import { differences } from "../../terminals/model/differences.ts";
import { openReader } from "./writer.ts";

/** A viewer of the SDK, with a terminal of its own, that types and now and then asks for another size. */
export interface WatchingTypist {
  readonly name: string;
  /** What was typed with success, by its account, and what it said to have given up. */
  readonly inputs: { readonly acknowledged: readonly string[]; readonly dropped: readonly string[] };
  /** How often the whole screen was drawn anew after the first time. */
  readonly redraws: number;
  /** What the viewer's state went through. */
  readonly states: readonly string[];
  /** Where its terminal is another than `screen`. */
  unlike(screen: Terminal): string[];
  /** What it says of itself. */
  state(): string;
  /** Types from now on; resolves when it sees the terminal. */
  begin(): Promise<void>;
  /** Types nothing more. Resolves when nothing waits. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** What a snapshot begins with, and no program here prints. */
const FULL_RESET = "\x18\x1bc";
const ALL_LINES = 1_000_000;
/** A snapshot brings 1,000 lines; of a terminal that was drawn anew so many are compared. */
const COMMON_LINES = 500;
const SETTLE_MS = 60_000;

/** Of the screen all but a cursor saved by the program: a snapshot has one that has scrolled away at the top of the screen. */
function exactState(terminal: Terminal) {
  const { visible, hidden } = dumpState(terminal, 0);
  const unsaved = (buffer: unknown): object => ({ ...(buffer as object | undefined), saved: undefined });
  const { normal, alternate, ...rest } = hidden;
  return { visible, hidden: { ...rest, normal: unsaved(normal), alternate: unsaved(alternate) } };
}

/** The last of its lines. */
function textOf({ buffer: { normal } }: Terminal, count: number): readonly string[] {
  const first = Math.max(0, normal.length - count);
  return Array.from(
    { length: normal.length - first },
    (_, index) => normal.getLine(first + index)?.translateToString(true) ?? "",
  );
}

export function watchAndType(
  url: string,
  names: { readonly projectId: string; readonly sessionId: string; readonly name: string },
  random: () => number,
  onError: (error: unknown) => void,
): WatchingTypist {
  const { projectId, sessionId, name } = names;
  const client = openReader(url, projectId, onError);
  const terminal = createBareTerminal({ cols: 80, rows: 24 }, ALL_LINES);
  let draws = 0;
  const write = terminal.write.bind(terminal);
  terminal.write = (data, done) => {
    const start = typeof data === "string" ? data.slice(0, 3) : Buffer.from(data.slice(0, 3)).toString();
    if (start === FULL_RESET) draws += 1;
    write(data, done);
  };
  const attachment = attachTerminal(client, { sessionId, terminal });
  const states: string[] = [];
  attachment.subscribe(() => {
    const { status, error } = attachment.getSnapshot();
    const state = error === undefined ? status : `${status} ${error.code}`;
    if (states.at(-1) !== state) states.push(state);
  });
  const acknowledged: string[] = [];
  const dropped: string[] = [];
  let n = 0;
  let isOver = false;

  /** One to four at once, and then what became of them. */
  async function typeSome(): Promise<void> {
    const before = attachment.getSnapshot().droppedInput;
    const inputs = Array.from({ length: 1 + Math.floor(random() * 4) }, () => `${name}:${n++}`);
    for (const input of inputs) attachment.write(`${input};`);
    const late = performance.now() + SETTLE_MS;
    while (attachment.getSnapshot().pendingInput > 0) {
      if (performance.now() > late) throw new Error(`${name}: ${inputs.join()} neither typed nor given up`);
      await elapse(5);
    }
    const isDropped = attachment.getSnapshot().droppedInput > before;
    // Which of them is not told.
    (isDropped ? dropped : acknowledged).push(...inputs);
  }

  async function run(): Promise<void> {
    while (!isOver) {
      await elapse(random() * 100);
      if (random() < 0.03) attachment.resize(60 + Math.floor(random() * 30), 20 + Math.floor(random() * 10));
      if (!isOver) await typeSome();
    }
  }

  let running: Promise<void> | undefined;
  return {
    name,
    inputs: { acknowledged, dropped },
    get redraws() {
      return draws - 1;
    },
    states,
    unlike(screen) {
      // The screen to the last mode and colour; of what is above it the text.
      const exact = differences(exactState(terminal), exactState(screen));
      const lines = draws > 1 ? COMMON_LINES : ALL_LINES;
      return [...exact, ...differences(textOf(terminal, lines), textOf(screen, lines))];
    },
    state() {
      const { status, offset, lagBytes } = attachment.getSnapshot();
      return `${name}: ${status} at ${offset}, ${lagBytes} behind, was ${states.slice(-8).join(", ")}`;
    },
    async begin() {
      const late = performance.now() + SETTLE_MS;
      while (draws === 0) {
        if (performance.now() > late) throw new Error(`${name} is shown no terminal`);
        await elapse(20);
      }
      running = run().catch(onError);
    },
    async stop() {
      isOver = true;
      await running;
    },
    async close() {
      attachment.detach();
      await client.close();
      terminal.dispose();
    },
  };
}
