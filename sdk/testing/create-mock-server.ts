import type { RequestHandler, WebSocketHandler } from "msw";
import { createKinds } from "../../server/core/state/kinds.ts";
import type { ConnectTransport } from "../connection/transport.ts";
import type { Collections } from "../protocol/collection.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { TraceExport } from "../trace/create-trace.ts";
import { createConditions } from "./conditions.ts";
import { createFaults, type Faults } from "./faults.ts";
import { createDoorkeeper, createFront, type Front } from "./front.ts";
import { createMemoryNetwork } from "./memory-transport.ts";
import { createMockAuthenticator } from "./mock-auth.ts";
import type { MockOptions } from "./mock-options.ts";
import { createPlannedFaults } from "./planned-faults.ts";
import { createReferenceServer } from "./reference-server.ts";
import { projectOf, type ReplayReport, replayTrace } from "./replay/replay-trace.ts";
import { createMockProject, type MockProject } from "./second-user/mock-project.ts";
import { createTerminalOwner, type TerminalOwner } from "./second-user/mock-terminal.ts";
import { createSeededIds, createSeededRandom } from "./seeded-ids.ts";
import { createJournal, type Sent } from "./sent.ts";
import { testClock } from "./test-clock.ts";
import { createWireConnections } from "./wire/connections.ts";
import { createMswHandlers } from "./wire/msw-handlers.ts";

/** For `createClient`, spread into its options. */
export interface MockClientOptions<C extends Collections = Collections> {
  readonly url?: string;
  /** The in-memory network; absent once `handlers` were asked for, since then msw carries it. */
  readonly transport?: ConnectTransport;
  /** Retries come soon: after at most 500 ms. */
  readonly timings: { readonly backoffBaseMs: number; readonly backoffCapMs: number };
  readonly collections?: C;
}

export interface MockServer<C extends Collections = Collections> {
  /** For msw's `setupServer` and `setupWorker`. @throws Error when msw is not installed */
  readonly handlers: (RequestHandler | WebSocketHandler)[];
  readonly clientOptions: MockClientOptions<C>;
  /** Acts as another user of a project. */
  project(projectId: string): MockProject<C>;
  readonly faults: Faults;
  /**
   * Repeats what a server did that a client recorded with `trace: { payloads: true }`: a client of this mock is told the
   * same events in the same order. Resolves when all was done; waits where the recorded client came back for one to
   * come.
   * @throws Error for a trace without payloads
   */
  replay(trace: TraceExport, options?: { readonly projectId?: string }): Promise<ReplayReport>;
  /** What clients sent since the start or the last `reset`, the last 10,000, decoded. */
  readonly sent: readonly Sent[];
  /** Back to the start: data, faults and `sent`; connections break, and clients that still live come back. */
  reset(): void;
  /** Ends everything; clients that were forgotten are refused and stop trying. Idempotent. */
  close(): Promise<void>;
}

const DEFAULT_URL = "wss://mock.holdfast.test";
const CLOSED = "The mock server is closed";

/**
 * A server for tests: the reference server's own core in this process, over msw's WebSocket or no network at all.
 * Nothing is shared between two of them.
 * @throws Error for `projects` that break the server's rules
 * @example
 * const mock = createMockServer({ projects: { p1: { tasks: [aTask()] } } });
 * const client = createClient({ projectId: "p1", ...mock.clientOptions });
 */
export function createMockServer<const C extends Collections = Collections>(
  options: MockOptions<C> = {},
): MockServer<C> {
  const { url = DEFAULT_URL, auth = {}, collections, limits, seed = 1 } = options;
  const onError = options.onError ?? ((error: Error) => console.error(error));
  const clock = testClock;
  const ids = createSeededIds();
  const createId = (): string => ids.next("mock");
  const conditions = createConditions();
  const planned = createPlannedFaults();
  const doorkeeper = createDoorkeeper();
  const authenticator = createMockAuthenticator(auth, clock.now);
  const journal = createJournal(clock.now, onError);
  const server = createReferenceServer({
    ...{ clock, authenticator, createId, onError },
    // Collections are known by name here; their types are the caller's.
    options: options as MockOptions,
    random: createSeededRandom(seed),
    rateLimiter: doorkeeper,
  });
  const local = auth.required !== true;
  let isClosed = false;

  const openFront = (): Front =>
    createFront({ hub: server.hub, journal, faults: planned, doorkeeper, createId });
  let front = openFront();

  const { pingIntervalMs = 25_000, pingTimeoutMs = 20_000 } = limits ?? {};
  const memory = createMemoryNetwork({
    ...{ clock, createId, local, conditions, silenceMs: pingIntervalMs + pingTimeoutMs },
    hub: () => front,
  });
  const wires = createWireConnections({ clock, conditions, createId, local, limits, server: () => front });
  const backstage = createMemoryNetwork({ clock, createId, hub: () => server.hub });
  const connections = () => [...memory.connections, ...wires.all];
  const owners = new Map<string, TerminalOwner>();

  const cut: Parameters<typeof createFaults>[0]["cut"] = (reason) => {
    for (const connection of connections()) connection.cut(reason);
  };

  function restart(keepData: boolean): void {
    // No agent is lost by this: its server is.
    cut("server shutting down");
    for (const connection of [...backstage.connections]) connection.cut("server shutting down");
    server.restart(keepData);
    front = openFront();
    for (const owner of owners.values()) owner.moved(keepData);
    if (!keepData) owners.clear();
  }

  function terminal(projectId: string, sessionId: string): TerminalOwner {
    const known = owners.get(sessionId);
    if (known !== undefined) return known;
    const owner = createTerminalOwner({ network: backstage, projectId, sessionId });
    owners.set(sessionId, owner);
    return owner;
  }

  const faults = createFaults({
    ...{ conditions, planned, cut, restart },
    expireTokens() {
      authenticator.expireAll();
      front.expireTokens();
    },
    bumpEpoch(projectId) {
      const all = projectId === undefined ? server.store.projectIds() : [projectId];
      for (const id of all) server.store.renew(id);
    },
  });

  const projectOfMock = (projectId: string): MockProject<C> =>
    createMockProject<C>({
      ...{ server, projectId, createId },
      declared: Object.keys(collections ?? {}),
      terminal: (sessionId) => terminal(projectId, sessionId),
    });

  let handlers: (RequestHandler | WebSocketHandler)[] | undefined;
  const openHandlers = () => createMswHandlers({ url, connections: wires, conditions });

  return {
    get handlers() {
      handlers ??= openHandlers();
      return handlers;
    },
    get clientOptions() {
      return {
        url,
        timings: { backoffBaseMs: 100, backoffCapMs: 500 },
        ...(handlers === undefined ? { transport: memory.connect } : {}),
        ...(collections === undefined ? {} : { collections }),
      };
    },
    project: projectOfMock,
    faults,
    replay(trace, { projectId = projectOf(trace) } = {}) {
      return replayTrace(trace, {
        ...{
          faults,
          clock,
          projectId,
          network: backstage,
          kinds: createKinds(collections),
          project: projectOfMock(projectId),
        },
        batchMs: limits?.batchMs ?? LIMITS.batchMs,
        entities: (collection) => server.store.entities(projectId, collection),
        change: (operation) => void server.change(projectId, operation),
        connected: () => front.connected(projectId),
      });
    },
    sent: journal.entries,
    reset() {
      planned.clear();
      authenticator.forget();
      restart(false);
      conditions.set({ isOffline: false, isBlackhole: false, latencyMs: 0 });
      journal.clear();
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      conditions.set({ isOffline: false, isBlackhole: false, latencyMs: 0 });
      front = { ...front, admit: async () => ({ ok: false, message: CLOSED, code: "FORBIDDEN" }) };
      for (const connection of connections()) connection.refuse(CLOSED);
      for (const owner of owners.values()) owner.lose();
      await server.close();
    },
  };
}
