import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

/** Answers an upgrade that is not wanted, and ends its socket. */
export function refuseUpgrade(socket: Duplex, status: number): void {
  // The other side may be gone already: nobody else listens yet.
  socket.on("error", () => undefined);
  if (socket.writable) {
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
    );
  }
  socket.destroy();
}
