import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { createOwner } from "../../../sdk/agent/owner.ts";
import { openPty } from "../../../sdk/agent/pty.ts";
import { createClient } from "../../../sdk/client.ts";
import { INTERNALS } from "../../../sdk/connection/internals.ts";
import type { Terminal } from "../../emulator/state-dump.ts";
import { createTerminal, feed } from "../../emulator/terminals.ts";
import { TIMINGS } from "./writer.ts";

/** An agent with a program in a real PTY, and what its own screen shows: fed with what the PTY gave, past all servers. */
export interface OwnedTerminal {
  readonly screen: Terminal;
  /** The inputs that the program said it read, in its order. */
  typed(): readonly string[];
  /** Prints from now on. */
  begin(): Promise<void>;
  /** Prints nothing more. Resolves when the last of it has come out of the PTY. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

const PROGRAM = fileURLToPath(new URL("terminal-program.ts", import.meta.url));
/** Wider than any line. */
const SIZE = { cols: 80, rows: 24 };
/** More lines than are ever printed: a byte that is lost or doubled anywhere shows. */
const ALL_LINES = 1_000_000;

/** As `shareTerminal`, with a tap between the PTY and the SDK. */
export function ownTerminal(
  url: string,
  { projectId, sessionId, seed }: { projectId: string; sessionId: string; seed: number },
  onError: (error: unknown) => void,
): OwnedTerminal {
  const client = createClient({ url, projectId, sessionId, namespace: "/cli", onError, timings: TIMINGS });
  client.connect().catch(onError);
  const internals = client[INTERNALS];
  const screen = createTerminal(SIZE, ALL_LINES);
  const pty = openPty({ file: process.execPath, args: [PROGRAM, String(seed)], ...SIZE });
  const owner = createOwner({
    ...{ link: internals.link("/cli"), sessionId, projectId, ptyId: randomUUID() },
    ...{ readOnly: false, resizePolicy: "latest", ...SIZE, schedule: internals.schedule, onError },
    onInput: (text) => pty.write(text),
    onResize(cols, rows) {
      pty.resize(cols, rows);
      owner.resized(cols, rows);
      screen.resize(cols, rows);
    },
    onFlow: (paused) => (paused ? pty.pause() : pty.resume()),
  });
  let text = "";
  /** What is waited for at the end of what was printed. */
  let wanted = "ready";
  let found = (): void => undefined;
  const decoder = new TextDecoder();
  pty.onData((bytes) => {
    // The emulator drops some characters that are cut in two; the owner may write into what it is given.
    const whole = decoder.decode(bytes, { stream: true });
    owner.output(bytes);
    feed(screen, whole);
    text += whole;
    if (text.trimEnd().endsWith(wanted)) found();
  });
  const printed = (what: string): Promise<void> =>
    new Promise((resolve) => {
      wanted = what;
      found = resolve;
    });
  const isReady = printed("ready");
  const exited = new Promise<void>((resolve) => pty.onExit(() => resolve()));
  return {
    screen,
    typed: () => [...text.matchAll(/typed (\S+)/g)].map(([, id = ""]) => id),
    async begin() {
      await isReady;
      pty.write("go;");
    },
    async quiet() {
      const isOver = printed("the end");
      pty.write("stop;");
      await isOver;
    },
    async close() {
      pty.kill("SIGKILL");
      await exited;
      owner.dispose();
      await client.close();
      screen.dispose();
    },
  };
}
