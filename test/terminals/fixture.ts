import { CLIENT_EVENTS, type ClientPayload } from "../../sdk/protocol/index.ts";
import { Fault, failureOf } from "../../server/core/fault.ts";
import type { Access } from "../../server/core/handler.ts";
import type { TerminalRelay } from "../../server/core/ports/terminal-relay.ts";
import type { Emulator } from "../../server/core/terminals/emulator.ts";
import type { TerminalLimits } from "../../server/core/terminals/terminal-limits.ts";
import { createTerminals, type Terminals } from "../../server/core/terminals/terminals.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { PATIENCE_MS } from "../support/patience.ts";
import { createFakePeer, createFakeTransport, type FakePeer, type PeerOptions } from "./fake-peer.ts";

/** What every snapshot begins with: the end of whatever is open, and a reset. */
export const FULL_RESET = "\x18\x1bc";

export type TerminalEvent = keyof Terminals["handlers"];

// What a test reads of an ack it knows.
// biome-ignore lint/suspicious/noExplicitAny: acks of every event
export type AnyAck = any;

export interface FixtureOptions {
  readonly emulator?: Emulator;
  readonly limits?: Partial<TerminalLimits>;
  readonly clock?: ReturnType<typeof createManualClock>;
  /** Sessions that exist, with their project. */
  readonly sessions?: Record<string, string>;
  readonly focused?: readonly string[];
  readonly relay?: TerminalRelay;
}

/** The role decides: viewers read, editors do everything. */
const access: Access = {
  roleIn: (principal, projectId) => principal.roleIn(projectId),
  allows: (principal, action, projectId) => {
    const role = principal.roleIn(projectId);
    return role === "editor" || (role === "viewer" && action === "read");
  },
  require(principal, action, projectId) {
    if (!access.allows(principal, action, projectId)) throw new Fault("FORBIDDEN", "Forbidden");
  },
};

/** The terminals service with hand-moved time, reached as `dispatch` reaches it. */
export function createFixture(options: FixtureOptions = {}) {
  const clock = options.clock ?? createManualClock();
  const transport = createFakeTransport();
  const sessions = new Map(Object.entries(options.sessions ?? { s1: "p1" }));
  const created: { sessionId: string; projectId: string; name: string }[] = [];
  const registered: string[] = [];
  const active: string[] = [];
  const watching: [string, boolean][] = [];
  const logged: unknown[] = [];
  let ids = 0;
  const note = (fields: unknown): void => void logged.push(fields);
  const terminals = createTerminals({
    clock,
    log: { debug: note, info: note, warn: note, error: note },
    access,
    createId: () => `id-${++ids}`,
    ...(options.emulator === undefined ? {} : { emulator: options.emulator }),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(options.relay === undefined ? {} : { relay: options.relay }),
    projectOfSession: async (sessionId) => sessions.get(sessionId),
    async createSession(session) {
      sessions.set(session.sessionId, session.projectId);
      created.push(session);
    },
    focusedSessions: async () => options.focused ?? [],
    onRegistered: (sessionId) => void registered.push(sessionId),
    onActivity: (sessionId) => void active.push(sessionId),
    onWatching: (_caller, projectId, isWatching) => void watching.push([projectId, isWatching]),
  });

  /** One event of a client, validated and answered; the ack stands in the client's inbox where it arrived. */
  async function call<E extends TerminalEvent>(
    peer: FakePeer,
    event: E,
    payload: ClientPayload<E>,
    tag: string = event,
  ): Promise<AnyAck> {
    const value = CLIENT_EVENTS[event].payload.parse(payload);
    const answer = (ack: object): object => {
      peer.send(`ack:${tag}`, ack);
      return ack;
    };
    const refuse = (error: unknown): object => {
      // What `dispatch` tells of a fault of the server; no test expects one.
      if (!(error instanceof Fault)) logged.push(error);
      return answer(failureOf(error instanceof Fault ? error : new Fault("INTERNAL", String(error))));
    };
    try {
      // The schema of the event made the value its handler takes.
      const result = terminals.handlers[event](peer.caller, value as never);
      if (!(result instanceof Promise)) return answer({ success: true, ...result });
      return await result.then((late) => answer({ success: true, ...late }), refuse);
    } catch (error) {
      return refuse(error);
    }
  }

  const peer = (peerOptions?: PeerOptions): FakePeer => createFakePeer(transport, peerOptions);

  return {
    clock,
    transport,
    terminals,
    call,
    peer,
    created,
    registered,
    active,
    watching,
    logged,
    sessions,
    /** An owner on `/cli` with a registered terminal. */
    async owner(payload: Partial<ClientPayload<"terminal:register">> = {}, peerOptions: PeerOptions = {}) {
      const owner = peer({ namespace: "/cli", projectId: "p1", ...peerOptions });
      const ack = await call(owner, "terminal:register", { sessionId: "s1", ptyId: "pty", ...payload });
      return {
        peer: owner,
        ack,
        say: (data: string | Uint8Array, offset?: number) =>
          call(owner, "terminal:output", { ptyId: "pty", data, ...(offset === undefined ? {} : { offset }) }),
        resized: (cols: number, rows: number, offset?: number) =>
          call(owner, "terminal:resized", {
            ptyId: "pty",
            cols,
            rows,
            ...(offset === undefined ? {} : { offset }),
          }),
        exit: (exitCode: number, offset?: number) =>
          call(owner, "terminal:exit", {
            ptyId: "pty",
            exitCode,
            ...(offset === undefined ? {} : { offset }),
          }),
      };
    },
    /** A viewer that watches, its ack taken and time moved to its first output. */
    async viewer(payload: Partial<ClientPayload<"terminal:watch">> = {}, peerOptions: PeerOptions = {}) {
      const viewer = peer(peerOptions);
      const ack = await call(viewer, "terminal:watch", { sessionId: "s1", ...payload });
      clock.advance(0);
      return { peer: viewer, ack };
    },
  };
}

/** Lets everything run that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** Waits for what an emulator does in its own time. */
export async function until(isTrue: () => boolean): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error("it did not come to be");
    await settle();
  }
}

/** What a viewer was sent as output, put together; throws where the offsets do not fit. */
export function textOf(peer: FakePeer, from = 0): string {
  let offset = from;
  let text = "";
  for (const { data, offset: at } of peer.got("terminal:output")) {
    if (at !== offset) throw new Error(`output at ${at}, expected ${offset}`);
    text += data;
    offset += Buffer.byteLength(data);
  }
  return text;
}
