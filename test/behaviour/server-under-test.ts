import type { Collections } from "../../sdk/protocol/index.ts";
import type { Hub } from "../../server/core/hub.ts";
import type { HubOptions } from "../../server/core/hub-options.ts";
import type { Store } from "../../server/store/store.ts";
import type { RawClient } from "./raw-client.ts";

export interface ServerOptions {
  readonly limits?: HubOptions["limits"];
  readonly collections?: Collections;
  readonly bootstrapSlots?: HubOptions["bootstrapSlots"];
  /** Default: in memory. Its owner closes it. */
  readonly store?: Store;
  /** Default: yes; without it no token can be judged. */
  readonly verifier?: boolean;
}

export interface ConnectOptions {
  /** Default `/ui`. */
  readonly namespace?: string;
  readonly auth?: object;
  /** Default: yes. Otherwise it comes through a proxy. */
  readonly local?: boolean;
}

export interface TokenClaims {
  readonly sub?: string;
  readonly projects?: "*" | Readonly<Record<string, "viewer" | "editor">>;
  readonly lifetimeMs?: number;
}

/** A fresh server on some transport. */
export interface ServerUnderTest {
  /** Resolves once `connection_status` was heard; rejects with `Refused`. */
  connect(options?: ConnectOptions): Promise<RawClient>;
  token(claims?: TokenClaims): Promise<string>;
  readonly hub: Hub;
  close(): Promise<void>;
}

export type OpenServer = (options?: ServerOptions) => Promise<ServerUnderTest>;
