import { type IPty, spawn } from "@lydell/node-pty";

export interface PtyOptions {
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
  onExit(listener: (exit: PtyExit) => void): void;
  write(text: string): void;
  resize(cols: number, rows: number): void;
  pause(): void;
  resume(): void;
  kill(signal?: string): void;
}

/** @throws Error when the program cannot be started, naming it. */
export function openPty(options: PtyOptions): Pty {
  const { file, args, cols, rows, cwd = process.cwd(), env = process.env } = options;
  const pty: IPty = spawn(file, [...args], {
    name: "xterm-256color",
    cols,
    rows,
    cwd,
    env: { ...env, TERM: "xterm-256color", COLORTERM: "truecolor" },
    // Bytes as they come: decoding each chunk on its own would break characters cut between two.
    encoding: null,
  });
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
    write: (text) => {
      if (!isGone) pty.write(text);
    },
    resize: (nextCols, nextRows) => {
      if (!isGone) pty.resize(nextCols, nextRows);
    },
    pause: () => pty.pause(),
    resume: () => pty.resume(),
    kill: (signal = "SIGHUP") => {
      if (!isGone) pty.kill(signal);
    },
  };
}
