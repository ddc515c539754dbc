import type { ReadStream } from "node:tty";
import { type IPty, spawn } from "@lydell/node-pty";
import { ownTerminalOnly } from "./own-terminal-only.ts";
import { requireProgram } from "./require-program.ts";
import { keepUnread } from "./unread.ts";

export interface PtyOptions {
  /** Looked up in the PATH of `env`. */
  readonly file: string;
  readonly args: readonly string[];
  readonly cols: number;
  readonly rows: number;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface PtyExit {
  /** As a shell reports it: the exit status, or 128 + the signal's number. */
  readonly exitCode: number;
  readonly signal?: number;
}

/** A program in a real pseudo-terminal, in bytes. */
export interface Pty {
  readonly pid: number;
  onData(listener: (bytes: Uint8Array) => void): void;
  /** Told after the last data. */
  onExit(listener: (exit: PtyExit) => void): void;
  write(data: string | Buffer): void;
  resize(cols: number, rows: number): void;
  pause(): void;
  resume(): void;
  /** Default SIGHUP, as when a terminal is closed. Reaches the program and what it runs in the foreground. */
  kill(signal?: NodeJS.Signals): void;
}

/**
 * Of the terminal that this process runs in, not of the one that is opened: sizes, and multiplexers around it.
 * The token is not for a screen that others watch, where `env` would show it.
 */
const NOT_INHERITED = ["COLUMNS", "LINES", "TERMCAP", "TMUX", "TMUX_PANE", "STY", "WINDOW", "HOLDFAST_TOKEN"];

/** @throws ProgramError when there is no such program. */
export function openPty(options: PtyOptions): Pty {
  const { file, args, cols, rows, cwd = process.cwd(), env = process.env } = options;
  const inherited = Object.entries(env).filter(([name]) => !NOT_INHERITED.includes(name));
  const path = env["PATH"] ?? "/usr/bin:/bin";
  requireProgram(file, cwd, path);
  const [command, words] = ownTerminalOnly(file, args, cwd, path);
  const pty: IPty = spawn(command, [...words], {
    name: "xterm-256color",
    cols,
    rows,
    cwd,
    env: { ...Object.fromEntries(inherited), TERM: "xterm-256color", COLORTERM: "truecolor" },
    // Bytes as they come: decoding each chunk on its own would break characters cut between two.
    encoding: null,
  });
  // Not in node-pty's types: it has no other way to read a held terminal to its end.
  const isEnding = keepUnread((pty as unknown as { readonly _socket: ReadStream })._socket);
  let isGone = false;
  pty.onExit(() => {
    isGone = true;
  });
  return {
    pid: pty.pid,
    onData: (listener) => {
      // With `encoding: null` node-pty gives Buffers, which its types do not say.
      pty.onData((data) => listener(data as unknown as Uint8Array));
    },
    onExit: (listener) => {
      pty.onExit(({ exitCode, signal }) =>
        listener(signal ? { exitCode: 128 + signal, signal } : { exitCode }),
      );
    },
    write: (data) => {
      // It hands on what it is given; its types know strings only, which not every key press is.
      if (!isGone) pty.write(data as string);
    },
    resize: (nextCols, nextRows) => {
      if (!isGone) pty.resize(nextCols, nextRows);
    },
    pause: () => {
      if (!isEnding()) pty.pause();
    },
    resume: () => pty.resume(),
    kill: (signal = "SIGHUP") => {
      if (isGone) return;
      try {
        // It leads a group of its own, being the first in its terminal.
        process.kill(-pty.pid, signal);
      } catch {
        // It is gone, and its exit is about to be told.
      }
    },
  };
}
