import { HoldfastError } from "../errors.ts";
import type { ErrorMessage, ServerEvents } from "../protocol/index.ts";
import type { Link } from "./link.ts";

export interface ServerNoticesOptions {
  readonly link: Link;
  readonly gate: { expiring(expiresAt: number): void; expired(): void };
  readonly connection: { reject(error: HoldfastError): void };
  onError(error: unknown): void;
  projectId(): string;
}

/** Hears what the server says of the connection itself. */
export function hearServer({ link, gate, connection, onError, projectId }: ServerNoticesOptions): void {
  // What comes under these names has the contract's shape.
  link.on("auth:expiring", (payload) => gate.expiring((payload as ServerEvents["auth:expiring"]).expiresAt));
  link.on("auth:expired", gate.expired);
  link.on("access:revoked", (payload) => {
    // The server is held to the shapes of its protocol version.
    const revoked = payload as ServerEvents["access:revoked"];
    if (revoked.projectId !== projectId()) return;
    connection.reject(
      new HoldfastError("FORBIDDEN", `Access to project ${revoked.projectId} was taken back`),
    );
  });
  link.on("error_message", (payload) => {
    // As above.
    const { event, error, code, details } = payload as ErrorMessage;
    onError(new HoldfastError(code, `${event}: ${error}`, { details }));
  });
}
