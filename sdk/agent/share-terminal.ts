import { type Extensible, INTERNALS } from "../connection/internals.ts";
import type { Namespace } from "../protocol/index.ts";
import type { Source } from "../util/source.ts";
import { createBrake } from "./brake.ts";
import { takeLocalTty } from "./local-tty.ts";
import { createOwner } from "./owner.ts";
import type { OwnerState } from "./owner-state.ts";
import { openPty, type PtyExit } from "./pty.ts";

export interface ShareOptions {
  readonly sessionId: string;
  readonly projectId?: string;
  /** The program, looked up in PATH. */
  readonly file: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default 80×24, or the local terminal's. */
  readonly cols?: number;
  readonly rows?: number;
  /** Name of the session when the server does not know it yet. */
  readonly title?: string;
  /** Nobody may type or resize from elsewhere. Default false. */
  readonly readOnly?: boolean;
  /** Who decides the size; default `owner` with a local terminal, else `latest`. */
  readonly resizePolicy?: "latest" | "smallest" | "owner";
  /** Show the program here too: in the terminal this process runs in, or on its standard output. Default false. */
  readonly isShownHere?: boolean;
  /** The namespace this client joined. Default `/cli`. */
  readonly namespace?: Namespace;
}

export interface SharedTerminal extends Source<OwnerState> {
  readonly pid: number;
  /** Resolves when the program is gone and the server was told, or could not be within 5 s. */
  readonly exited: Promise<PtyExit>;
  write(text: string): void;
  /** Default SIGHUP, as when a terminal is closed; a program that lives on after 2 s of that is killed. */
  kill(signal?: NodeJS.Signals): void;
}

const GOODBYE_MS = 5_000;
/** How long a program may take to end once its terminal is closed. */
const HANGUP_MS = 2_000;

/**
 * Runs a program in a real pseudo-terminal and shares it: viewers see every byte, and type.
 * Lost connections and restarted servers cost nothing: the program runs on, its output is sent once, when it can be.
 * @throws ProgramError when there is no such program.
 */
export function shareTerminal(client: Extensible, options: ShareOptions): SharedTerminal {
  const { sessionId, file, args = [], readOnly = false } = options;
  const internals = client[INTERNALS];
  const { stdin, stdout } = process;
  const here = options.isShownHere && stdout.isTTY ? { cols: stdout.columns, rows: stdout.rows } : undefined;
  const size = { cols: options.cols ?? here?.cols ?? 80, rows: options.rows ?? here?.rows ?? 24 };
  const pty = openPty({
    file,
    args,
    ...size,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
  });
  const brake = createBrake(pty.pause, pty.resume);
  const resize = (cols: number, rows: number): void => {
    pty.resize(cols, rows);
    owner.resized(cols, rows);
  };
  const tty = options.isShownHere
    ? takeLocalTty({
        stdin,
        stdout,
        onInput: pty.write,
        onResize: resize,
        onFlow: (paused) => brake.set("here", paused),
      })
    : undefined;
  const owner = createOwner({
    link: internals.link(options.namespace ?? "/cli"),
    sessionId,
    ...(options.projectId === undefined ? {} : { projectId: options.projectId }),
    ptyId: internals.createId(),
    title: options.title ?? file,
    readOnly,
    resizePolicy: options.resizePolicy ?? (here ? "owner" : "latest"),
    ...size,
    schedule: internals.schedule,
    onInput: (text) => pty.write(text),
    onResize: resize,
    onFlow: (paused) => brake.set("server", paused),
    onError: internals.onError,
  });
  pty.onData((bytes) => {
    tty?.show(bytes);
    owner.output(bytes);
  });
  let cancelKill: (() => void) | undefined;
  const exited = new Promise<PtyExit>((resolve) => {
    pty.onExit((exit) => {
      cancelKill?.();
      tty?.restore();
      void owner.exit(exit, GOODBYE_MS).then(() => {
        owner.dispose();
        resolve(exit);
      });
    });
  });
  return {
    pid: pty.pid,
    exited,
    getSnapshot: owner.state.getSnapshot,
    subscribe: owner.state.subscribe,
    write: (text) => pty.write(text),
    kill(signal = "SIGHUP") {
      pty.kill(signal);
      if (signal === "SIGHUP") cancelKill ??= internals.schedule(HANGUP_MS, () => pty.kill("SIGKILL"));
    },
  };
}
