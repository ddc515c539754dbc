import type { Auth } from "./auth/auth.ts";
import { TIMINGS, type Timings } from "./connection/timings.ts";
import type { ConnectTransport } from "./connection/transport.ts";
import { HoldfastError } from "./errors.ts";
import type { Collections } from "./protocol/collection.ts";
import type { Persistence } from "./store/persistence/persistence.ts";
import { type Clock, systemClock } from "./util/clock.ts";
import { createRandomId } from "./util/create-random-id.ts";

/** Namespaces a client can live in; others are joined beside it when they are needed. */
export type ClientNamespace = "/ui" | "/mobile" | "/cli";

export interface ClientOptions<C extends Collections = Collections> {
  /** Of the server: `https:`, `http:`, `wss:` or `ws:`; a path before `/socket.io/` is kept. */
  readonly url: string;
  /** Default `/ui`. `/mobile` needs auth; `/cli` is for agents and needs `sessionId` or `agentId`. */
  readonly namespace?: ClientNamespace;
  /** Default `default`. */
  readonly projectId?: string;
  readonly auth?: Auth;
  /** `indexedDb("my-app")`: a reload starts from what is kept, and writes made offline survive it. Default: nothing is. */
  readonly persistence?: Persistence;
  /** Collections of the application's own, as given to `createServer`. */
  readonly collections?: C;
  /** Hears what went wrong beside any call: throwing listeners, failing refreshes. Default: `console.error`. */
  readonly onError?: (error: unknown) => void;
  /** `payloads`: the trace keeps what the server sends too, so that a mock can replay it. Default: it does not. */
  readonly trace?: { readonly payloads?: boolean };
  /** The browser asks before a page is left with writes the server has not taken. Default: it does not. */
  readonly warnBeforeLeaving?: boolean;
  /** Of an agent, in `/cli`. */
  readonly sessionId?: string;
  readonly agentId?: string;
  /** The network; default socket.io. The mock brings its own. */
  readonly transport?: ConnectTransport;
  readonly clock?: Clock;
  /** From 0 to 1. */
  readonly random?: () => number;
  /** Ids of the client and of what it creates. */
  readonly createId?: () => string;
  readonly timings?: Partial<Timings>;
}

export interface ResolvedOptions {
  readonly url: string;
  readonly namespace: ClientNamespace;
  readonly projectId: string;
  readonly auth: Auth | undefined;
  readonly collections: Collections;
  readonly agent: { readonly sessionId: string | undefined; readonly agentId: string | undefined };
  readonly clock: Clock;
  readonly random: () => number;
  readonly createId: () => string;
  readonly timings: Timings;
}

const bad = (message: string, remedy: string): HoldfastError =>
  new HoldfastError("BAD_REQUEST", message, { remedy });

/** Ids of the protocol (section "ids"): 1–128 of `A-Z a-z 0-9 . _ : -`. */
const ID = /^[\w.:-]{1,128}$/;

/** @throws HoldfastError `BAD_REQUEST` */
export function requireId(value: unknown, name: string): string {
  if (typeof value === "string" && ID.test(value)) return value;
  throw bad(`${name} is not an id: ${String(value)}`, "An id is 1 to 128 characters of A-Z a-z 0-9 . _ : -");
}

/** @throws HoldfastError `BAD_REQUEST` */
export function requireAuth(auth: Auth | undefined): Auth | undefined {
  if (auth === undefined || typeof auth?.getToken === "function") return auth;
  throw bad("auth has no getToken", "Give auth: { getToken: async () => token }.");
}

function requireUrl(url: unknown): string {
  // Checked by pattern first: `URL.canParse` is younger than some browsers that are still met.
  try {
    if (typeof url === "string" && /^(https?|wss?):$/.test(new URL(url).protocol)) return url;
  } catch {
    // Told below, like any other text that is no URL of a server.
  }
  throw bad(`url is not the URL of a server: ${String(url)}`, "Give one like https://live.example.com.");
}

/** Checks what the application gave and fills in the rest. @throws HoldfastError `BAD_REQUEST` */
export function resolveOptions(options: ClientOptions): ResolvedOptions {
  const { namespace = "/ui", sessionId, agentId } = options;
  if (!["/ui", "/mobile", "/cli"].includes(namespace)) {
    throw bad(`namespace is not a client's: ${String(namespace)}`, "Use /ui, /mobile or /cli.");
  }
  if (namespace === "/cli" && sessionId === undefined && agentId === undefined) {
    throw bad("Namespace /cli needs an id", "Give sessionId, or agentId for a spawner.");
  }
  return {
    url: requireUrl(options.url),
    namespace,
    projectId: requireId(options.projectId ?? "default", "projectId"),
    auth: requireAuth(options.auth),
    collections: options.collections ?? {},
    agent: {
      sessionId: sessionId === undefined ? undefined : requireId(sessionId, "sessionId"),
      agentId: agentId === undefined ? undefined : requireId(agentId, "agentId"),
    },
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    createId: options.createId ?? createRandomId,
    timings: { ...TIMINGS, ...options.timings },
  };
}
