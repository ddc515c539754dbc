import type { HubOptions } from "../../../server/core/hub-options.ts";
import type { Transport } from "../../connection/transport.ts";
import type { Collections } from "../../protocol/collection.ts";

/** What some facts need of a server that is made for them. */
export interface ProtocolServerSetup {
  readonly limits?: HubOptions["limits"];
  readonly collections?: Collections;
  readonly bootstrapSlots?: HubOptions["bootstrapSlots"];
}

/** What a token says. */
export interface TokenClaims {
  /** Default `u1`. */
  readonly sub?: string;
  /** Default: all, as an editor. */
  readonly projects?: "*" | Readonly<Record<string, "viewer" | "editor">>;
  /** From now on. Default: an hour. */
  readonly lifetimeMs?: number;
}

/**
 * A server whose behaviour is checked. Only `connect` has to be there; facts that need something else are skipped and
 * say what they lacked.
 */
export interface ProtocolServer {
  /** One connection, not made before a namespace of it is joined. Default of `local`: yes (protocol section 3). */
  connect(how: { readonly local: boolean }): Transport;
  /** How connections can come. Default: `local`, and `remote` where there is `token`. */
  readonly comes?: readonly ("local" | "remote")[];
  /** A token the server takes. */
  token?(claims: TokenClaims): string | Promise<string>;
  /** Breaks a connection without a word. */
  cut?(connection: Transport): void;
  /** As the server's own `bootstrap.set` (protocol section 11). */
  setSlot?(projectId: string, slot: string, payload: unknown): unknown;
  /** Ends the server in good order (protocol section 15). Asked only of servers made for one fact. */
  shutDown?(): unknown;
  /** Asked only of servers made for one fact. */
  close?(): unknown;
}
