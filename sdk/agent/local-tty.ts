import { spawnSync } from "node:child_process";
import type { ReadStream, WriteStream } from "node:tty";

/** Where a shared program was started: usually a terminal, sometimes a pipe or a log file. */
export interface LocalTty {
  /** Shows output. */
  show(bytes: Uint8Array): void;
  /** Gives the terminal back as it was. Idempotent. */
  restore(): void;
}

export interface LocalTtyOptions {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  onInput(bytes: Buffer): void;
  onResize(cols: number, rows: number): void;
  /** This terminal cannot take more: the program must wait, or may go on. */
  onFlow(paused: boolean): void;
}

/**
 * Puts this terminal around the program as if nothing were between them: raw keys in, bytes out, its size.
 * Input that is no terminal is left alone: its end would end a shell that others use.
 */
export function takeLocalTty(options: LocalTtyOptions): LocalTty {
  const { stdin, stdout, onInput, onResize, onFlow } = options;
  const hasKeys = stdin.isTTY;
  const hasSize = stdout.isTTY;
  const wasRaw = hasKeys && stdin.isRaw;
  let isOpen = true;

  const resize = (): void => onResize(stdout.columns, stdout.rows);
  const drained = (): void => onFlow(false);
  // The reader is gone (a closed window, `| head`): the program goes on for those who watch from elsewhere.
  const gone = (): void => {
    isOpen = false;
    onFlow(false);
  };
  stdout.on("error", gone);
  stdout.on("drain", drained);
  if (hasSize) stdout.on("resize", resize);
  if (hasKeys) {
    stdin.on("error", gone);
    stdin.setRawMode(true);
    // Node's raw mode still turns each line feed into two characters, which tears the screens of editors and pagers.
    // Without `stty` that is how it stays; leaving raw mode sets everything back.
    spawnSync("stty", ["-opost"], { stdio: ["inherit", "ignore", "ignore"] });
    stdin.on("data", onInput);
    stdin.resume();
  }
  const restore = (): void => {
    process.off("exit", restore);
    stdout.off("drain", drained);
    stdout.off("resize", resize);
    if (!hasKeys) return;
    stdin.off("data", onInput);
    stdin.pause();
    try {
      stdin.setRawMode(wasRaw);
    } catch {
      // Its window is closed.
    }
  };
  // Whatever ends this process, the terminal it ran in must be usable again.
  process.once("exit", restore);
  return {
    show(bytes) {
      if (isOpen && !stdout.write(bytes)) onFlow(true);
    },
    restore,
  };
}
