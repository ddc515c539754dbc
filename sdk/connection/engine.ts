import type { Carrier, EngineHandshake, EnginePacket, OpenCarrier } from "./carrier.ts";
import { openPolling } from "./polling-carrier.ts";
import { openWebSocket } from "./web-socket-carrier.ts";

export interface EngineListener {
  opened(): void;
  message(message: EnginePacket): void;
  /** Called once, for whatever reason it ended but `close`. */
  closed(reason: string): void;
}

export interface EngineOptions {
  /** Of the Engine.IO endpoint. */
  readonly url: string;
  /** Gives up opening after this long. */
  readonly timeoutMs: number;
  readonly listener: EngineListener;
}

/** One Engine.IO connection (protocol revision 4): messages both ways, and a heartbeat that finds it half-open. */
export interface Engine {
  send(message: EnginePacket): void;
  /** Ends it and tells the listener why. */
  fail(reason: string): void;
  /** Ends it and tells nobody. */
  close(): void;
}

/** What the server says first. */
function readHandshake(packet: string): EngineHandshake | undefined {
  try {
    // Of the shape that its protocol revision has; what is missing makes the heartbeat fail.
    return packet[0] === "0" ? (JSON.parse(packet.slice(1)) as EngineHandshake) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Opens a WebSocket, and long-polling beside it as soon as that fails or half of the patience has passed without a
 * word: some proxies swallow the upgrade. Whichever is greeted first carries the connection to its end. An upgrade
 * from one to the other is not made: it would need its own hand-over, and the next connection tries the WebSocket again.
 */
export function openEngine({ url, timeoutMs, listener }: EngineOptions): Engine {
  /** Those that try to open; then the one that did. */
  const carriers = new Set<Carrier>();
  let carrier: Carrier | undefined;
  let isPolling = false;
  let isClosed = false;
  let heartbeatMs = 0;
  let heartbeat: ReturnType<typeof setTimeout> | undefined;

  const close = (): void => {
    isClosed = true;
    clearTimeout(patience);
    clearTimeout(deadline);
    clearTimeout(heartbeat);
    for (const one of carriers) one.close();
    carriers.clear();
  };
  const end = (reason: string): void => {
    if (isClosed) return;
    close();
    listener.closed(reason);
  };

  const beat = (): void => {
    clearTimeout(heartbeat);
    heartbeat = setTimeout(() => end("ping timeout"), heartbeatMs);
  };

  const begin = (winner: Carrier, handshake: EngineHandshake): void => {
    clearTimeout(patience);
    clearTimeout(deadline);
    carrier = winner;
    for (const one of carriers) {
      if (one === winner) continue;
      one.close();
      carriers.delete(one);
    }
    heartbeatMs = handshake.pingInterval + handshake.pingTimeout;
    beat();
    winner.opened?.(handshake);
    listener.opened();
  };

  const take = (from: Carrier, packet: EnginePacket): void => {
    if (typeof packet !== "string") listener.message(packet);
    else if (packet[0] === "4") listener.message(packet.slice(1));
    else if (packet[0] === "2") {
      from.send("3");
      beat();
    } else if (packet !== "6") {
      // The other types belong to upgrades.
      const handshake = carrier === undefined ? readHandshake(packet) : undefined;
      if (handshake === undefined) end("parse error");
      else begin(from, handshake);
    }
  };

  const start = (open: OpenCarrier): void => {
    let mine: Carrier | undefined;
    const fail = (reason: string): void => {
      if (mine !== undefined) carriers.delete(mine);
      if (carrier !== undefined || (carriers.size === 0 && isPolling)) end(reason);
      else poll();
    };
    try {
      mine = open(url, {
        packet(packet) {
          if (mine !== undefined) take(mine, packet);
        },
        ended: fail,
      });
      carriers.add(mine);
    } catch (error) {
      fail(String(error));
    }
  };
  const poll = (): void => {
    if (isPolling || isClosed) return;
    isPolling = true;
    start(openPolling);
  };

  const patience = setTimeout(poll, timeoutMs / 2);
  const deadline = setTimeout(() => end("timeout"), timeoutMs);
  start(openWebSocket);

  return {
    send: (message) => carrier?.send(typeof message === "string" ? `4${message}` : message),
    fail: end,
    close,
  };
}
