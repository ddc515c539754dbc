import type { RawConnectOptions } from "../../sdk/testing/suite/fact.ts";
import type {
  ProtocolServer,
  ProtocolServerSetup,
  TokenClaims,
} from "../../sdk/testing/suite/protocol-server.ts";
import type { Hub } from "../../server/core/hub.ts";
import type { Store } from "../../server/store/store.ts";
import { joinRaw, type RawClient } from "./raw-client.ts";

export interface ServerOptions extends ProtocolServerSetup {
  /** Default: in memory. Its owner closes it. */
  readonly store?: Store;
  /** Default: yes; without it no token can be judged. */
  readonly verifier?: boolean;
}

/** A fresh server on some transport. */
export interface ServerUnderTest {
  /** Resolves once `connection_status` was heard; rejects with `Refused`. */
  connect(options?: RawConnectOptions): Promise<RawClient>;
  readonly dial: Dial;
  token(claims?: TokenClaims): Promise<string>;
  readonly hub: Hub;
  /** Where plain WebSockets are taken, if they are. */
  readonly plainUrl?: string;
  close(): Promise<void>;
}

export type OpenServer = (options?: ServerOptions) => Promise<ServerUnderTest>;

/** How connections to a server are made and broken. */
export type Dial = Required<Pick<ProtocolServer, "connect" | "cut">>;

/** Connects a bare client. */
export function connectBy({ connect, cut }: Dial): ServerUnderTest["connect"] {
  return ({ namespace = "/ui", auth = {}, local = true } = {}) => {
    const transport = connect({ local });
    return joinRaw({ transport, namespace, auth, timeoutMs: 5_000, cut: () => cut(transport) });
  };
}
