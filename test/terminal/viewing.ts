import { type Extensible, INTERNALS } from "../../sdk/connection/internals.ts";
import { type Attachment, type AttachOptions, attachTerminal } from "../../sdk/terminal/attach-terminal.ts";
import { dumpState, type Terminal } from "../emulator/state-dump.ts";
import {
  bytesOf,
  createBareTerminal,
  createTerminal,
  differences,
  feed,
  written,
} from "../emulator/terminals.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { type Asked, createScriptedLink } from "./scripted-link.ts";

export const SIZE = { cols: 30, rows: 6 };
/** Every promise that can go on has gone on. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export type Attached = Attachment & { readonly terminal: Terminal };

/** Of one test, waiting for their turn at once. */
const MOST_RESIZES = 3;
const FULL_RESET = "\x18\x1bc";

/** A client whose server is the test, and what the shared terminal really shows. */
export function createViewing() {
  const clock = createManualClock();
  const link = createScriptedLink();
  const errors: unknown[] = [];
  const closed = new AbortController();
  let ids = 0;
  const client: Extensible = {
    [INTERNALS]: {
      link: () => link,
      now: clock.now,
      createId: () => `id-${++ids}`,
      schedule: clock.schedule,
      onError: (error) => errors.push(error),
      record: () => {},
      closed: closed.signal,
    },
  };
  const source = createTerminal(SIZE);
  let epoch = "e1";
  let offset = 0;

  const viewing = {
    clock,
    link,
    errors,
    close: () => closed.abort(),
    get offset() {
      return offset;
    },
    /** The program prints; returns the output as the server sends it. */
    print(text: string) {
      feed(source, text);
      const data = bytesOf(text);
      const output = { sessionId: "s1", epoch, offset, data };
      offset += data.length;
      return output;
    },
    resize(cols: number, rows: number) {
      source.resize(cols, rows);
      return { sessionId: "s1", epoch, offset, cols, rows };
    },
    /** Another shell. */
    restart(next: string) {
      epoch = next;
      offset = 0;
      feed(source, FULL_RESET);
    },
    /** What a server answers a watch, or resets with: a state that begins with a reset of its own. */
    snapshot: (screen: string, at = offset) => ({
      success: true,
      mode: "snapshot",
      sessionId: "s1",
      epoch,
      offset: at,
      cols: source.cols,
      rows: source.rows,
      scrollback: bytesOf(FULL_RESET + screen),
    }),
    delta: (from: number, data: string) => ({
      success: true,
      mode: "delta",
      epoch,
      from,
      offset: from + bytesOf(data).length,
      cols: source.cols,
      rows: source.rows,
      scrollback: bytesOf(data),
    }),
    /** The server answers what is asked next, or was. */
    async answer(ack: object): Promise<Asked> {
      const asked = await link.asked("terminal:watch");
      asked.answer(ack);
      await settled();
      return asked;
    },
    /** The server has output for the page. */
    output: (message: object): void => link.say("terminal:output", message),
    attach(options: Partial<AttachOptions> = {}): Attached {
      const terminal = createBareTerminal({ cols: 80, rows: 24 });
      const attachment = attachTerminal(client, { sessionId: "s1", terminal, ...options });
      return { ...attachment, terminal };
    },
    /** Attached to a shell that has printed a little, with nothing on its way. */
    async attached(): Promise<Attached> {
      link.goUp();
      const { data } = viewing.print("$ ");
      const attachment = viewing.attach();
      await viewing.answer(viewing.snapshot(new TextDecoder().decode(data)));
      await written(attachment.terminal, "");
      return attachment;
    },
    /** Where a viewer's terminal differs from the shared one, everything written being parsed. */
    async unlike({ terminal }: { readonly terminal: Terminal }): Promise<string[]> {
      // What follows a resize is queued only once that had its turn, which may be after this.
      for (let turn = 0; turn <= MOST_RESIZES; turn += 1) await written(terminal, "");
      return differences(dumpState(terminal), dumpState(source)).slice(0, 5);
    },
  };
  return viewing;
}

export type Viewing = ReturnType<typeof createViewing>;

/** How many handlers are on a terminal now. */
export function countHandlers(terminal: Terminal): () => number {
  let count = 0;
  const counted = <T extends object>(host: T, names: readonly (keyof T)[]): void => {
    for (const name of names) {
      const register = (host[name] as (...args: unknown[]) => { dispose(): void }).bind(host);
      Object.defineProperty(host, name, {
        value: (...args: unknown[]) => {
          const one = register(...args);
          count += 1;
          return {
            dispose() {
              count -= 1;
              one.dispose();
            },
          };
        },
      });
    }
  };
  const { parser, buffer } = terminal;
  counted(terminal, ["onData", "onBinary", "onResize", "onLineFeed"]);
  counted(parser, ["registerCsiHandler", "registerDcsHandler", "registerEscHandler", "registerOscHandler"]);
  counted(buffer, ["onBufferChange"]);
  // Each is made anew by its getter otherwise.
  Object.defineProperty(terminal, "parser", { value: parser });
  Object.defineProperty(terminal, "buffer", { value: buffer });
  return () => count;
}
