import { StringDecoder } from "node:string_decoder";
import type { Pty } from "./pty.ts";

/** The terminal that a shared program was started in. */
export interface LocalTty {
  readonly cols: number;
  readonly rows: number;
  /** Shows output; the program is slowed to what this terminal takes. */
  show(bytes: Uint8Array): void;
  /** Gives the terminal back as it was. */
  restore(): void;
}

export interface LocalTtyOptions {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly onResize: (cols: number, rows: number) => void;
}

/**
 * Puts this terminal around the program as if nothing were between them: raw keys in, bytes out, its size.
 * `undefined` when standard input and output are no terminal.
 */
export function takeLocalTty(options: LocalTtyOptions): ((pty: Pty) => LocalTty) | undefined {
  const { stdin, stdout, onResize } = options;
  if (!stdin.isTTY || !stdout.isTTY) return undefined;
  return (pty) => {
    const wasRaw = stdin.isRaw;
    const decoder = new StringDecoder("utf8");
    const type = (chunk: Buffer): void => pty.write(decoder.write(chunk));
    const resize = (): void => onResize(stdout.columns, stdout.rows);
    const drained = (): void => pty.resume();
    stdin.setRawMode(true);
    stdin.on("data", type);
    stdin.resume();
    stdout.on("resize", resize);
    stdout.on("drain", drained);
    return {
      cols: stdout.columns,
      rows: stdout.rows,
      show(bytes) {
        if (!stdout.write(bytes)) pty.pause();
      },
      restore() {
        stdin.off("data", type);
        stdout.off("resize", resize);
        stdout.off("drain", drained);
        stdin.setRawMode(wasRaw);
        stdin.pause();
      },
    };
  };
}
