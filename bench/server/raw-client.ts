import { WebSocket } from "ws";

const PING = 0x32;
const MESSAGE = 0x34;

/** A Socket.IO client that costs next to nothing: it counts, and reads only what it is asked to. */
export interface RawClient {
  readonly socket: WebSocket;
  /** Frames of events since the client was connected. */
  frames: number;
  bytes: number;
  /** The packet it was ready with. */
  readyWith: string;
  onEvent: ((text: string) => void) | undefined;
  send(event: string, payload: unknown, id?: number): void;
}

/** Connects to `/ui`; resolves when `ready` came, an event name or `connect`. */
export function connectRaw(port: number, auth: object, ready = "connect"): Promise<RawClient> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`, {
      perMessageDeflate: false,
      skipUTF8Validation: true,
    });
    let isReady = false;
    const client: RawClient = {
      socket,
      frames: 0,
      bytes: 0,
      readyWith: "",
      onEvent: undefined,
      send: (event, payload, id) => socket.send(`42/ui,${id ?? ""}${JSON.stringify([event, payload])}`),
    };
    const wanted = ready === "connect" ? "40/ui," : `42/ui,["${ready}"`;
    socket.on("error", reject);
    socket.on("close", (code) => (isReady ? undefined : reject(new Error(`closed with ${code}`))));
    socket.on("message", (data: Buffer) => {
      if (data[0] === PING) return void socket.send("3");
      if (data[0] !== MESSAGE) return void socket.send(`40/ui,${JSON.stringify(auth)}`);
      if (isReady) {
        client.frames += 1;
        client.bytes += data.length;
        client.onEvent?.(data.toString());
        return;
      }
      const text = data.toString("utf8", 0, 200);
      if (text.startsWith("44")) reject(new Error(text));
      isReady = text.startsWith(wanted);
      if (!isReady) return;
      client.readyWith = data.toString();
      resolve(client);
    });
  });
}
