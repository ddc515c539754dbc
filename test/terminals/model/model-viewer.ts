import type { ClientPayload } from "../../../sdk/protocol/index.ts";
import type { Got } from "../fake-peer.ts";
import { createModelScreen, type ModelScreen } from "./model-screen.ts";
import { createWire, type Server, type Wire } from "./wire.ts";

export interface ModelViewer {
  readonly screen: ModelScreen;
  readonly wire: Wire | undefined;
  readonly epoch: string | undefined;
  readonly offset: number;
  readonly exitCode: number | null | undefined;
  /** Counts of what brought it forward. */
  readonly seen: { deltas: number; snapshots: number; resets: number };
  connect(server: Server): void;
  ack(): void;
  type(text: string): void;
  /** Inputs that were typed and not acked: sent again after each reconnect under their number. */
  readonly pending: number;
}

export interface ModelViewerOptions {
  readonly viewerId: string;
  readonly watch: Omit<ClientPayload<"terminal:watch">, "sessionId" | "since">;
}

const sessionId = "s1";

/** A viewer by the protocol: it takes data only at the offset it expects, and fails the test where that is not given. */
export function createModelViewer({ viewerId, watch }: ModelViewerOptions): ModelViewer {
  const screen = createModelScreen(80, 24);
  const seen = { deltas: 0, snapshots: 0, resets: 0 };
  const inputs: { readonly inputSeq: number; readonly text: string }[] = [];
  let seq = 0;
  let wire: Wire | undefined;
  let epoch: string | undefined;
  let offset = 0;
  let exitCode: number | null | undefined;
  let isWatching = false;

  const lengthOf = (data: string | Uint8Array): number =>
    typeof data === "string" ? Buffer.byteLength(data) : data.length;

  const begin = (payload: Got["payload"]): void => {
    screen.resize(payload.cols, payload.rows);
    screen.write(payload.scrollback);
    ({ epoch, offset } = payload);
  };

  const here = ({ event, payload }: Got): void => {
    if (payload.epoch !== epoch || payload.offset !== offset) {
      throw new Error(`${event} at ${payload.epoch}:${payload.offset}, expected ${epoch}:${offset}`);
    }
  };

  const hear = (message: Got): void => {
    const { event, payload } = message;
    if (event === "terminal:owner") return;
    if (!isWatching) throw new Error(`${event} before the ack of terminal:watch`);
    switch (event) {
      case "terminal:output":
        here(message);
        screen.write(payload.data);
        offset += lengthOf(payload.data);
        return;
      case "terminal:resized":
        here(message);
        screen.resize(payload.cols, payload.rows);
        return;
      case "terminal:reset":
        seen.resets += 1;
        begin(payload);
        return;
      case "terminal:exit":
        if (payload.reason === "server_shutdown" || payload.reason === "owner_disconnected") return;
        here(message);
        exitCode = payload.exitCode;
    }
  };

  const send = (input: (typeof inputs)[number]): void => {
    const { inputSeq, text } = input;
    wire?.send("terminal:input", { sessionId, input: text, inputSeq, viewerId }, (ack) => {
      // One that was refused is typed again under its number, as long as nothing else was.
      if (ack.success) inputs.splice(inputs.indexOf(input), 1);
    });
  };

  const attach = (): void => {
    const since = epoch === undefined ? undefined : { epoch, offset };
    wire?.send("terminal:watch", { sessionId, ...watch, since }, (ack) => {
      if (!ack.success) {
        if (ack.code !== "NOT_FOUND") throw new Error(`watch refused: ${ack.error}`);
        return attach();
      }
      isWatching = true;
      if (ack.mode === "snapshot") {
        seen.snapshots += 1;
        return begin(ack);
      }
      seen.deltas += 1;
      if (ack.epoch !== epoch || ack.from !== offset) throw new Error("a delta from elsewhere");
      const { terminal } = screen;
      if (terminal.cols !== ack.cols || terminal.rows !== ack.rows) screen.resize(ack.cols, ack.rows);
      screen.write(ack.scrollback);
      offset = ack.offset;
      if (ack.offset !== ack.from + lengthOf(ack.scrollback)) throw new Error("a delta of another length");
    });
  };

  return {
    screen,
    seen,
    get wire() {
      return wire;
    },
    get epoch() {
      return epoch;
    },
    get offset() {
      return offset;
    },
    get exitCode() {
      return exitCode;
    },
    get pending() {
      return inputs.length;
    },
    connect(server) {
      wire?.cut();
      isWatching = false;
      wire = createWire(server, server.peer({ clientId: viewerId }), hear);
      attach();
      for (const input of inputs) send(input);
    },
    ack() {
      if (isWatching && epoch !== undefined) wire?.send("terminal:ack", { sessionId, epoch, offset });
    },
    type(text) {
      const input = { inputSeq: ++seq, text };
      inputs.push(input);
      if (wire !== undefined && !wire.isCut) send(input);
    },
  };
}
