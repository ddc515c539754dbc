import { WebSocket } from "ws";
import type { FocusState } from "../../../sdk/protocol/index.ts";
import type { Peer, PeerTransport } from "../../core/ports/peer.ts";
import { frameOf, type ServerFrame } from "./server-frames.ts";

/** Above this a connection that is closed does not get to send what waits: it was closed for not reading it. */
const DISCARD_BYTES = 1024 * 1024;

/** Why the server closes, and the code that says so (protocol sections 3, 10 and 16). */
export const CLOSES = {
  missing: [1008, "Session registration failed after retries"],
  shutdown: [1012, "The server is shutting down"],
  slow: [1013, "Too much is waiting to be read"],
  expired: [4401, "The token has expired"],
  revoked: [4403, "Access to the project is lost"],
} as const;

export interface PlainPeerOptions {
  readonly id: string;
  readonly socket: WebSocket;
  readonly transport: PeerTransport;
  readonly now: () => number;
  /** With more than this unsent it is closed. */
  readonly unsentBytes: number;
  /** It shows a session: what it hears of focus waits until it was told where it stands. */
  readonly awaitsStatus: boolean;
  /** Once, when it is closed by either side. */
  readonly onGone: () => void;
}

/** A plain WebSocket as the core sees it. A class: there is one per connection and methods are shared. */
export class PlainPeer implements Peer {
  readonly id: string;
  readonly namespace = "/ws";
  readonly connection: string;
  readonly transport: PeerTransport;
  readonly #options: PlainPeerOptions;
  readonly #socket: WebSocket;
  #closing: keyof typeof CLOSES = "slow";
  #isGone = false;
  #awaitsStatus: boolean;
  #heldFocus: FocusState | undefined;
  #waiting: Array<() => void> = [];

  constructor(options: PlainPeerOptions) {
    this.id = options.id;
    this.connection = options.id;
    this.transport = options.transport;
    this.#options = options;
    this.#socket = options.socket;
    this.#awaitsStatus = options.awaitsStatus;
  }

  send(event: string, payload: unknown): void {
    if (event === "access:revoked") this.end("revoked");
    if (event === "auth:expired") this.#closing = "expired";
    if (event === "server:shutdown") this.#closing = "shutdown";
    const frame = frameOf(event, payload, this.#options.now());
    if (frame !== undefined) this.deliver(event, payload, encode(frame));
    // Sent by the core alone, with a focus version.
    if (event === "plain:status") this.#goOn(payload as Pick<FocusState, "version">);
  }

  /** Sends a frame that is no event. */
  answer(frame: ServerFrame): void {
    this.#write(encode(frame));
    if (this.unsentBytes() > this.#options.unsentBytes) this.end("slow");
  }

  /** Sends an event that was encoded for many. */
  deliver(event: string, payload: unknown, data: Buffer): void {
    // The core sends nothing else under this name.
    if (event === "focus_update" && this.#awaitsStatus) this.#heldFocus = payload as FocusState;
    else this.#write(data);
  }

  request(): Promise<unknown> {
    return Promise.reject(new Error("a plain WebSocket owns nothing that could be asked"));
  }

  close(): void {
    this.end(this.#closing);
  }

  end(why: keyof typeof CLOSES): void {
    const [code, reason] = CLOSES[why];
    const isStuck = this.unsentBytes() > DISCARD_BYTES;
    this.#socket.close(code, reason);
    if (isStuck) this.#socket.terminate();
    this.gone();
  }

  unsentBytes(): number {
    return this.#socket.bufferedAmount;
  }

  whenDrained(callback: () => void): void {
    if (this.#isGone || this.unsentBytes() === 0) callback();
    else this.#waiting.push(callback);
  }

  /** Nothing goes out any more, and nothing that comes in counts. */
  gone(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#drained();
    this.#options.onGone();
  }

  #write(data: Buffer): void {
    if (this.#isGone || this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(data, { binary: false }, () => {
      if (this.#waiting.length > 0 && this.unsentBytes() === 0) this.#drained();
    });
  }

  #drained(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const callback of waiting) callback();
  }

  /** The status was told: of what was held only news. */
  #goOn({ version }: Pick<FocusState, "version">): void {
    this.#awaitsStatus = false;
    const held = this.#heldFocus;
    this.#heldFocus = undefined;
    if (held !== undefined && held.version > version) this.send("focus_update", held);
  }
}

/** Sends to many plain WebSockets, encoded once. */
export function createPlainTransport(now: () => number): PeerTransport {
  return {
    multicast(peers, event, payload) {
      const frame = frameOf(event, payload, now());
      if (frame === undefined) return;
      const data = encode(frame);
      // Only such peers name this transport as theirs.
      for (const peer of peers) (peer as PlainPeer).deliver(event, payload, data);
    },
  };
}

function encode(frame: ServerFrame): Buffer {
  return Buffer.from(JSON.stringify(frame));
}
