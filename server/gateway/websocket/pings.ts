import type { WebSocket } from "ws";
import type { Clock } from "../../core/ports/clock.ts";

/** Protocol section 10. */
const PING_MS = 30_000;

/** Asks every socket for a sign of life; who gave none by the next time is terminated. */
export function createPings(clock: Clock, sockets: () => Iterable<WebSocket>) {
  const silent = new WeakSet<WebSocket>();
  let cancel = clock.schedule(PING_MS, tick);

  function tick(): void {
    cancel = clock.schedule(PING_MS, tick);
    for (const socket of sockets()) {
      if (silent.has(socket)) socket.terminate();
      else {
        silent.add(socket);
        socket.ping();
      }
    }
  }

  return {
    watch: (socket: WebSocket): void => void socket.on("pong", () => silent.delete(socket)),
    dispose: (): void => cancel(),
  };
}
