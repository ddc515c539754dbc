import type { ClientAcks, ClientEventName, Failure, Role, ValidPayload } from "../../sdk/protocol/index.ts";
import type { Fault } from "./fault.ts";
import type { Peer } from "./ports/peer.ts";
import type { Principal } from "./ports/principal.ts";

/** One attached socket with who is behind it. */
export interface Caller {
  readonly peer: Peer;
  /** Replaced by `auth:refresh`; never keep it beyond one call. */
  readonly principal: Principal;
  readonly clientId: string;
  /** From the handshake. */
  readonly projectId?: string;
  readonly sessionId?: string;
  readonly agentId?: string;
  /** The handshake had no `protocol`: a client from before the SDK. */
  readonly isOld: boolean;
  readonly batch: boolean;
}

/** Answers one client event with the fields of its ack, or throws a `Fault`. A kept refusal may be returned as it was. */
export type Handler<E extends ClientEventName> = (
  caller: Caller,
  payload: ValidPayload<E>,
) => ClientAcks[E] | Failure | Promise<ClientAcks[E] | Failure>;

/** The events one service answers. */
export type Handlers<E extends ClientEventName> = { readonly [K in E]: Handler<K> };

/**
 * Hears that an event was refused before its handler saw it (for rate, or because its payload does not fit) and says
 * how it is to be answered. `payload` is as it came: nothing about it is known.
 */
export type Refused = (caller: Caller, payload: unknown, fault: Fault) => Failure | Promise<Failure>;

/** What somebody wants to do in a project. */
export type Action = "read" | "mutate" | "focus" | "publish" | "relay" | "type";

/** Judges every read and write; wraps an application's own `authorize` when there is one. */
export interface Access {
  /** @throws Fault `FORBIDDEN` */
  require(principal: Principal, action: Action, projectId: string): void;
  allows(principal: Principal, action: Action, projectId: string): boolean;
  roleIn(principal: Principal, projectId: string): Role | undefined;
}
