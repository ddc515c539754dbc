import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { problemOf, type Told } from "../http/problem.ts";

/** Answers an upgrade that is not wanted, and ends its socket. */
export function refuseUpgrade(socket: Duplex, status: number): void {
  answer(socket, status, ["Content-Length: 0"]);
}

/** The same, saying why as HTTP does: with problem JSON (protocol section 2). */
export function refuseUpgradeWith(socket: Duplex, told: Told): void {
  const problem = problemOf(told);
  const body = JSON.stringify(problem);
  const { status, retryAfterMs } = problem;
  const headers = [
    "Content-Type: application/problem+json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Cache-Control: no-store",
    ...(status === 401 ? ["WWW-Authenticate: Bearer"] : []),
    ...(retryAfterMs === undefined ? [] : [`Retry-After: ${Math.max(1, Math.ceil(retryAfterMs / 1_000))}`]),
  ];
  answer(socket, status, headers, body);
}

function answer(socket: Duplex, status: number, headers: readonly string[], body = ""): void {
  // The other side may be gone already: nobody else listens yet.
  socket.on("error", () => undefined);
  if (!socket.writable) return void socket.destroy();
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`, "Connection: close", ...headers];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}
