import type { Got } from "../fake-peer.ts";
import { createModelScreen, type ModelScreen } from "./model-screen.ts";
import { createWire, type Server, type Wire } from "./wire.ts";

interface Resize {
  readonly offset: number;
  readonly cols: number;
  readonly rows: number;
  isAcked: boolean;
}

/**
 * An owner by the protocol: it has a shell whose output is its own terminal's, keeps what is not acked, and after each
 * reconnect goes on from the offset the server has.
 */
export interface ModelOwner {
  readonly screen: ModelScreen;
  readonly head: number;
  /** What its shell was given to read, in order. */
  readonly typed: string[];
  /** The same as it came: with what names an input, if it was named. */
  readonly inputs: { readonly data: string; readonly source?: string; readonly inputSeq?: number }[];
  readonly epoch: string | undefined;
  readonly wire: Wire | undefined;
  readonly isPaused: boolean;
  print(bytes: Uint8Array): void;
  resize(cols: number, rows: number): void;
  exit(exitCode: number): void;
  connect(server: Server): void;
  /** The server finds out about every connection that was cut. */
  noticed(): void;
  readonly exitCode: number | undefined;
}

export function createModelOwner(cols: number, rows: number, encodes: "bytes" | "string"): ModelOwner {
  const screen = createModelScreen(cols, rows);
  const typed: string[] = [];
  const inputs: ModelOwner["inputs"] = [];
  const resizes: Resize[] = [];
  const first = { cols, rows };
  let stream: Uint8Array = new Uint8Array(0);
  const wires: Wire[] = [];
  let wire: Wire | undefined;
  let identity: { epoch: string; resumeKey: string } | undefined;
  let isRegistered = false;
  let isPaused = false;
  let exitCode: number | undefined;
  let sentTo = 0;

  const sendData = (from: number, to: number): void => {
    if (to > from) {
      const bytes = stream.slice(from, to);
      // A string may stand for bytes only where it has whole characters.
      const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
      const isWhole = Buffer.byteLength(text) === bytes.length && !text.includes("\ufffd");
      const data = encodes === "string" && isWhole ? text : bytes;
      wire?.send("terminal:output", { ptyId: "pty", data, offset: from });
    }
    sentTo = Math.max(sentTo, to);
  };
  const sendResize = (resize: Resize): void => {
    const { offset, cols: newCols, rows: newRows } = resize;
    wire?.send("terminal:resized", { ptyId: "pty", cols: newCols, rows: newRows, offset }, (ack) => {
      resize.isAcked = ack.success;
    });
  };
  const sendExit = (): void =>
    wire?.send("terminal:exit", { ptyId: "pty", exitCode: exitCode ?? 0, offset: stream.length });

  const sendFrom = (from: number, stored: number): void => {
    let at = from;
    for (const resize of resizes) {
      if (resize.isAcked || resize.offset < stored) continue;
      sendData(at, resize.offset);
      at = resize.offset;
      sendResize(resize);
    }
    sendData(at, stream.length);
    if (exitCode !== undefined) sendExit();
  };

  const hear = ({ event, payload }: Got, answer: (ack: unknown) => void): void => {
    if (event === "terminal:input") {
      typed.push(payload.data);
      inputs.push(payload);
      answer({ success: true });
    } else if (event === "terminal:flow") isPaused = payload.paused;
  };

  const owner: ModelOwner = {
    screen,
    typed,
    inputs,
    get head() {
      return stream.length;
    },
    get epoch() {
      return identity?.epoch;
    },
    get wire() {
      return wire;
    },
    get isPaused() {
      return isPaused;
    },
    get exitCode() {
      return exitCode;
    },
    print(bytes) {
      if (exitCode !== undefined) return;
      const from = stream.length;
      const whole = new Uint8Array(from + bytes.length);
      whole.set(stream);
      whole.set(bytes, from);
      stream = whole;
      screen.write(bytes);
      if (isRegistered) sendData(from, stream.length);
    },
    resize(newCols, newRows) {
      const last = resizes.at(-1);
      // Sizes one upon the other without output between them are another test's business.
      if (exitCode !== undefined || (last !== undefined && last.offset === stream.length)) return;
      screen.resize(newCols, newRows);
      const resize = { offset: stream.length, cols: newCols, rows: newRows, isAcked: false };
      resizes.push(resize);
      if (isRegistered) sendResize(resize);
    },
    exit(code) {
      if (exitCode !== undefined) return;
      exitCode = code;
      if (isRegistered) sendExit();
    },
    noticed() {
      for (const each of wires) if (each.isCut) each.noticed();
    },
    connect(server) {
      wire?.cut();
      // Without the key nothing but the end of the old connection makes way for the new one.
      if (identity === undefined) wire?.noticed();
      isRegistered = false;
      isPaused = false;
      const connection = createWire(server, server.peer({ namespace: "/cli", projectId: "p1" }), hear);
      wire = connection;
      wires.push(connection);
      const resume = identity && { ...identity, from: 0, offset: stream.length };
      connection.send("terminal:register", { sessionId: "s1", ptyId: "pty", ...first, resume }, (ack) => {
        if (!ack.success) throw new Error(`register refused: ${ack.error}`);
        if (identity !== undefined && ack.epoch !== identity.epoch) throw new Error("another epoch");
        if (ack.offset > stream.length) throw new Error("the server has more than was printed");
        identity = { epoch: ack.epoch, resumeKey: ack.resumeKey };
        // A server that was restarted has none of the resizes.
        if (ack.offset === 0) for (const resize of resizes) resize.isAcked = false;
        isRegistered = true;
        // An owner may say again what is known already.
        sendFrom(Math.max(0, ack.offset - (stream.length % 50)), ack.offset);
      });
    },
  };
  return owner;
}
