import type { ProtocolServerSetup, TokenClaims } from "./protocol-server.ts";
import type { RawClient } from "./raw-client.ts";

/** What a fact cannot do without, besides a connection. */
export type Need = "fresh" | "local" | "remote" | "tokens" | "cut" | "slots" | "shutdown";

export interface FactNeeds {
  readonly setup?: ProtocolServerSetup;
  /** What is not named here is refused within the fact. */
  readonly needs?: readonly Need[];
}

export interface RawConnectOptions {
  /** Default `/ui`. */
  readonly namespace?: string;
  readonly auth?: object;
  /** Default: yes. Otherwise it comes through a proxy. */
  readonly local?: boolean;
}

/** A server as one fact sees it. */
export interface FactServer {
  /** Resolves once `connection_status` was heard; rejects with `Refused`. */
  connect(how?: RawConnectOptions): Promise<RawClient>;
  /** A page in project p1, as an editor. */
  page(auth?: object): Promise<RawClient>;
  token(claims?: TokenClaims): Promise<string>;
  setSlot(projectId: string, slot: string, payload: unknown): Promise<void>;
  shutDown(): Promise<void>;
  /** Asks until the answer is `expected`; rejects when it is not in time. */
  until<T>(ask: () => Promise<T>, expected: T): Promise<void>;
}

export interface Fact extends FactNeeds {
  readonly name: string;
  readonly check: Check;
}

export type Check = (server: FactServer) => Promise<void>;

/** Names one fact of a conversation. */
export type State = (name: string, ...rest: readonly [Check] | readonly [FactNeeds, Check]) => void;

/** The facts of one conversation, in the order in which they are stated. */
export type StateFacts = (fact: State) => void;
