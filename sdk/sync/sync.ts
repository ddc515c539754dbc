import type { Link } from "../connection/link.ts";
import type { Part } from "../connection/part.ts";
import { HoldfastError } from "../errors.ts";
import type {
  Envelope,
  EventsFrame,
  FocusState,
  FramedEnvelope,
  Position,
  ServerEvents,
  StateReset,
  SyncAck,
} from "../protocol/index.ts";
import type { Store } from "../store/index.ts";
import { handled } from "../util/handled.ts";
import { createCell, type Source } from "../util/source.ts";
import type { CaughtUp } from "./catch-up.ts";
import { type CatchUpAbout, createCatchingUp } from "./catching-up.ts";
import { createDraftBase } from "./draft-base.ts";
import { createHeldEvents } from "./held-events.ts";
import { createRoutes } from "./routes.ts";
import type { SyncReason, SyncState } from "./sync-state.ts";
import type { TraceSync } from "./sync-trace.ts";
import { type Placed, takeEvents } from "./take-events.ts";

export interface SyncOptions {
  readonly link: Link;
  readonly store: Store;
  /** Collections of the application by wire name, with the singular their events are named after. */
  readonly collections: Readonly<Record<string, { readonly singular: string }>>;
  /** Hears every domain event once, after the base holds it; `replayed`: it was missed and came with a delta. */
  deliver(envelope: Envelope, replayed: boolean): void;
  /** The focus state that came with a sync. */
  onFocus(state: FocusState): void;
  readonly trace: TraceSync;
  onError(error: unknown): void;
  now(): number;
  random(): number;
  /** Runs once after `delayMs`; returns how to cancel. */
  schedule(delayMs: number, task: () => void): () => void;
  /** Entities a page of a snapshot. Default 2,000, at most 5,000. */
  readonly pageEntities?: number;
}

/** Keeps the base at the server's position (protocol section 4). Adds `sync` to the handshake. */
export interface Sync extends Part {
  readonly position: Position | undefined;
  /** Tells when the base became current: `live` begins there. */
  readonly state: Source<SyncState>;
  /** Catches up now; resolves once current. Rejects when the server refuses, or with `CLOSED`. */
  sync(): Promise<void>;
  /** The base should reach this position soon (an acknowledged mutation is there); if not, sync asks. */
  expect(position: Position): void;
}

/** A server that knows no `sync` in the handshake is asked after this long. */
const HANDSHAKE_MS = 5_000;
/** How long after its ack the event of a mutation may take. */
const OVERDUE_MS = 5_000;

/**
 * ```
 *  down ──up──▶ syncing(connect) ──state:synced──▶ current ◀──┐
 *   ▲              │ refused for good: failed        │ gap, epoch, base, overdue, asked
 *   └──────down────┴──────────────── syncing ◀───────┘
 * ```
 * While it syncs, live events are held and taken in with the result, in the same commit.
 */
export function createSync(options: SyncOptions): Sync {
  const { link, store, trace, schedule } = options;
  const limit = options.pageEntities ?? 2_000;
  const routes = createRoutes(options.collections);
  const held = createHeldEvents();
  const state = createCell<SyncState>({ name: "down" }, options.onError);
  const waiters = new Set<{ resolve(): void; reject(error: HoldfastError): void }>();
  let cancelHandshake = (): void => {};
  let cancelOverdue = (): void => {};
  /** A handshake answer is on its way. */
  let isAwaited = false;
  /** The base did not fit an event: ask for all of it. */
  let isDistrusted = false;
  /** Epoch that `state:reset` told of while syncing. */
  let resetTo: string | undefined;

  const since = (): Position | undefined => (isDistrusted ? undefined : store.position);

  const become = (next: SyncState): void => {
    for (const waiter of waiters) {
      if (next.name === "current") waiter.resolve();
      else if (next.name === "failed") waiter.reject(next.error);
      else break;
      waiters.delete(waiter);
    }
    state.set(next);
  };

  const catchingUp = createCatchingUp({
    ...options,
    pageEntities: limit,
    onState: become,
    onFound,
  });

  const begin = (reason: SyncReason, first?: SyncAck): void => {
    isAwaited = false;
    cancelHandshake();
    catchingUp.begin(reason, since(), first);
  };

  const stop = (): void => {
    catchingUp.stop();
    cancelHandshake();
    cancelOverdue();
    isAwaited = false;
    resetTo = undefined;
    held.drain();
  };

  function onFound(found: CaughtUp, about: CatchUpAbout): void {
    const { events, lostThrough } = held.drain();
    const { epoch } = found.position;
    // Of another history: covered by the snapshot that began this one.
    const ours = events.filter((event) => event.epoch === undefined || event.epoch === epoch);
    const taken = takeEvents(ours, found.position, found.draft, routes);
    const position = taken.position ?? found.position;
    held.add(taken.held);
    isDistrusted = taken.need === "base";
    const isReset = resetTo !== undefined && resetTo !== epoch;
    const due = isReset ? "epoch" : (taken.need ?? (lostThrough > position.seq ? "gap" : undefined));
    resetTo = undefined;
    const { draft, replace, outcome } = found;
    store.commit({ replace, base: draft.changes, confirmed: draft.confirmed, position });
    const counts = { ...found.counts, held: taken.delivered.length };
    const { reason, since: from, durationMs } = about;
    trace("sync", { outcome, reason, from, to: position, counts, durationMs });
    // Before listeners: what they do may begin another catch-up, which must not be undone here.
    if (due === undefined) become({ name: "current" });
    else begin(due);
    if (found.focus !== undefined) options.onFocus(found.focus);
    for (const event of found.events) options.deliver(event, true);
    for (const event of taken.delivered) options.deliver(event, false);
  }

  const isOurs = (event: FramedEnvelope): event is Placed =>
    event.seq !== undefined && (event.projectId === undefined || event.projectId === store.projectId);

  const onEvents = (events: readonly FramedEnvelope[]): void => {
    const ours = events.filter(isOurs);
    const { name } = state.getSnapshot();
    if (name === "syncing") held.add(ours);
    else if (name === "current" && ours.length > 0) takeLive(ours);
    if (ours.length === events.length) return;
    // Of a project not joined: information without a place in our history.
    for (const event of events) if (!isOurs(event) && "data" in event) options.deliver(event, false);
  };

  const takeLive = (events: readonly Placed[]): void => {
    const before = store.position;
    const draft = createDraftBase(store.base);
    const { position, delivered, held: ahead, dropped, need } = takeEvents(events, before, draft, routes);
    if (dropped > 0) trace("event:dropped", { seq: events[0]?.seq ?? 0, position: before });
    if (need !== undefined) {
      held.add(ahead);
      if (need === "base") isDistrusted = true;
      trace("event:held", { seq: ahead[0]?.seq ?? 0, position });
    }
    if (delivered.length > 0 && position !== undefined) {
      store.commit({ base: draft.changes, confirmed: draft.confirmed, position });
    }
    if (need !== undefined) begin(need);
    for (const event of delivered) options.deliver(event, false);
  };

  const onReset = (reset: StateReset): void => {
    if (reset.projectId !== store.projectId) return;
    trace("state:reset", { epoch: reset.epoch, seq: reset.seq });
    const { name } = state.getSnapshot();
    if (name === "syncing") resetTo = reset.epoch;
    else if (name === "current" && reset.epoch !== store.position?.epoch) begin("epoch");
  };

  const onSynced = (answer: ServerEvents["state:synced"]): void => {
    if (!isAwaited) return;
    begin("connect", answer.success ? answer : undefined);
  };

  const onUp = (): void => {
    stop();
    isAwaited = true;
    become({ name: "syncing", reason: "connect" });
    cancelHandshake = schedule(HANDSHAKE_MS, () => begin("connect"));
  };

  const unlisten = [
    // Under these names the server sends what the contract says.
    link.on("events", (frame) => onEvents((frame as EventsFrame).events)),
    link.on("state:synced", (answer) => onSynced(answer as ServerEvents["state:synced"])),
    link.on("state:reset", (reset) => onReset(reset as StateReset)),
    link.onAny((event, payload) => {
      // Anything may come over a wire. An event that comes alone repeats its name beside its data, and nothing else does.
      const envelope = payload as Envelope | null | undefined;
      if (envelope?.event === event && "data" in envelope) onEvents([envelope]);
    }),
    link.onUp(onUp),
    link.onDown(() => {
      stop();
      become({ name: "down" });
    }),
  ];

  return {
    state,
    get position() {
      return store.position;
    },
    handshake() {
      const position = since();
      return { sync: position === undefined ? { limit } : { since: position, limit, packed: true } };
    },
    sync() {
      const { name } = state.getSnapshot();
      const done = new Promise<void>((resolve, reject) => void waiters.add({ resolve, reject }));
      if (name === "current" || name === "failed") begin("asked");
      return handled(done);
    },
    expect(position) {
      cancelOverdue();
      cancelOverdue = schedule(OVERDUE_MS, () => {
        const reached = store.position;
        if (state.getSnapshot().name !== "current") return;
        if (reached?.epoch !== position.epoch || reached.seq < position.seq) begin("overdue");
      });
    },
    reset(projectId) {
      stop();
      isDistrusted = false;
      store.reset(projectId);
      if (link.up === undefined) become({ name: "down" });
      else begin("connect");
    },
    dispose() {
      stop();
      for (const off of unlisten) off();
      const error = new HoldfastError("CLOSED", "The client was closed.");
      for (const waiter of waiters) waiter.reject(error);
      waiters.clear();
    },
  };
}
