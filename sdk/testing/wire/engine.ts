import { decodePacket, encodePacket, type PacketType } from "engine.io-parser";
import type { Clock } from "../../../server/core/ports/clock.ts";
import type { DetachReason } from "../../../server/core/ports/peer.ts";
import { exactBuffer } from "./exact-buffer.ts";

export type Frame = string | ArrayBuffer;

export interface EngineOptions {
  readonly sid: string;
  readonly clock: Clock;
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
  readonly frameBytes: number;
  /** Puts one frame on the wire. */
  write(frame: Frame): void;
  /** Ends the wire after what was written. */
  hangUp(): void;
  message(data: Frame): void;
  /** Told once. */
  closed(reason: DetachReason): void;
}

/**
 * The server's half of one Engine.IO 4 connection, over whatever carries frames in order: the handshake, heartbeats,
 * messages and the end. It does not upgrade.
 * @see https://github.com/socketio/engine.io-protocol
 */
export interface Engine {
  open(): void;
  /** Takes one frame of the client. */
  take(frame: Frame): void;
  send(message: Frame): void;
  /** Ends the connection; `hangUp` tells the client, if the wire still can. */
  close(reason: DetachReason, hangsUp?: boolean): void;
}

export function createEngine(options: EngineOptions): Engine {
  const { clock, sid, pingIntervalMs, pingTimeoutMs, frameBytes } = options;
  let isOpen = false;
  let cancelTimer = (): void => undefined;

  function write(type: PacketType, frame?: Frame): void {
    // As a view, which is known for one in whatever realm it was made.
    const data = frame === undefined || typeof frame === "string" ? frame : new Uint8Array(frame);
    encodePacket(data === undefined ? { type } : { type, data }, true, (encoded: Frame | ArrayBufferView) =>
      options.write(typeof encoded === "string" ? encoded : exactBuffer(encoded)),
    );
  }

  function beat(): void {
    cancelTimer = clock.schedule(pingIntervalMs, () => {
      write("ping");
      cancelTimer = clock.schedule(pingTimeoutMs, () => close("ping timeout"));
    });
  }

  function close(reason: DetachReason, hangsUp = true): void {
    if (!isOpen) return;
    isOpen = false;
    cancelTimer();
    if (hangsUp) options.hangUp();
    options.closed(reason);
  }

  return {
    open() {
      isOpen = true;
      write(
        "open",
        JSON.stringify({
          sid,
          upgrades: [],
          pingInterval: pingIntervalMs,
          pingTimeout: pingTimeoutMs,
          maxPayload: frameBytes,
        }),
      );
      beat();
    },
    take(frame) {
      if (!isOpen) return;
      const size = typeof frame === "string" ? frame.length : frame.byteLength;
      if (size > frameBytes) return close("transport close");
      if (typeof frame !== "string") return options.message(frame);
      // A text frame holds a text.
      const { type, data } = decodePacket(frame) as { type: PacketType; data?: string };
      if (type === "pong") {
        cancelTimer();
        beat();
      } else if (type === "message" && data !== undefined) options.message(data);
      else if (type === "close") close("transport close");
      else if (type === "error") close("transport error");
    },
    send(message) {
      if (isOpen) write("message", message);
    },
    close,
  };
}
