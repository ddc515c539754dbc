import type { Link } from "../connection/link.ts";
import type { Part } from "../connection/part.ts";
import { HoldfastError } from "../errors.ts";
import type { FocusState, FocusUpdate } from "../protocol/index.ts";
import { LIMITS } from "../protocol/limits.ts";
import { handled } from "../util/handled.ts";
import { createCell, type Source } from "../util/source.ts";
import { type FocusIntent, isNewer, showFocus } from "./focus-intent.ts";

export interface FocusOptions {
  readonly link: Link;
  readonly projectId: string;
  onError(error: unknown): void;
  trace(what: string, detail: { readonly version: number }): void;
}

/** Which sessions are in front (protocol section 7), with the own changes shown at once. */
export interface Focus extends Part, Source<FocusState> {
  /**
   * Resolves with the server's state once it holds. Rejects with `CONFLICT` (details: the state) when somebody else
   * changed that session's focus while this client was away: what it wanted then is no longer to be wanted.
   */
  set(sessionId: string, focused: boolean): Promise<FocusState>;
  toggle(sessionId: string): Promise<FocusState>;
  /** A state that came with a sync. */
  take(state: FocusState): void;
}

/** A wish on its way. One a session: a later wish for the same session takes its place. */
interface Wish extends FocusIntent {
  /** What the user saw when wishing. */
  seen: FocusState | undefined;
  /** The link was down since: what was seen may be long past. */
  slept: boolean;
  tries: number;
  isSent: boolean;
  readonly waiters: Waiter[];
}

interface Waiter {
  resolve(state: FocusState): void;
  reject(error: HoldfastError): void;
}

/** Tries of one wish against others' changes made at the same time. */
const MAX_TRIES = 5;

export function createFocus(options: FocusOptions): Focus {
  const { link } = options;
  let projectId = options.projectId;
  let known: FocusState | undefined;
  const wishes = new Map<string, Wish>();
  const cell = createCell<FocusState>(nothing(projectId), options.onError);
  const trace = (what: string): void => options.trace(what, { version: known?.version ?? 0 });

  const show = (): void => {
    const next = showFocus(known ?? nothing(projectId), wishes.values());
    // Both are made here, their fields in one order.
    if (JSON.stringify(next) !== JSON.stringify(cell.getSnapshot())) cell.set(next);
  };

  /** @returns whether it was news. */
  const learn = (state: FocusState): void => {
    if (state.projectId !== projectId || !isNewer(state, known)) return;
    // Fields beside the state, as of an update or an ack, are not part of the snapshot.
    const { focusedSessions, totalFocused, maxFocused, version, epoch } = state;
    known = { projectId, focusedSessions, totalFocused, maxFocused, version, epoch };
    trace("taken");
  };

  const take = (state: FocusState): void => {
    learn(state);
    show();
  };

  /** The wish has its answer; a later one for the same session goes now. */
  const end = (wish: Wish, outcome: FocusState | HoldfastError): void => {
    if (wishes.get(wish.sessionId) === wish) wishes.delete(wish.sessionId);
    show();
    for (const waiter of wish.waiters) {
      if (outcome instanceof HoldfastError) waiter.reject(outcome);
      else waiter.resolve(outcome);
    }
    const next = wishes.get(wish.sessionId);
    if (next === undefined || next.isSent || link.up === undefined) return;
    next.seen = known;
    send(next);
  };

  const onConflict = (wish: Wish, error: HoldfastError): void => {
    // The contract: `details` of a stale focus is the state.
    const state = error.details as unknown as FocusState | undefined;
    if (typeof state?.version === "number") learn(state);
    const holds = known?.focusedSessions.includes(wish.sessionId) === wish.focused;
    if (holds && known !== undefined) {
      end(wish, known);
    } else if (wish.slept || wish.tries >= MAX_TRIES || wishes.get(wish.sessionId) !== wish) {
      end(wish, error);
    } else {
      trace("rebased");
      wish.seen = known;
      show();
      send(wish);
    }
  };

  const send = (wish: Wish): void => {
    const { sessionId, focused } = wish;
    wish.isSent = true;
    wish.tries += 1;
    const expected = wish.seen === undefined ? {} : { expectedVersion: wish.seen.version };
    link.request("focus:set", { projectId, sessionId, focused, ...expected }).then(
      (state) => {
        if (isGone(wish)) return;
        learn(state);
        end(wish, state);
      },
      (error: HoldfastError) => {
        if (isGone(wish)) return;
        if (error.code === "OFFLINE") onOffline(wish);
        else if (error.code === "CONFLICT") onConflict(wish, error);
        else end(wish, error);
      },
    );
  };

  const onOffline = (wish: Wish): void => {
    wish.isSent = false;
    const later = wishes.get(wish.sessionId);
    if (later !== wish) later?.waiters.unshift(...wish.waiters.splice(0));
  };

  const isGone = (wish: Wish): boolean => wish.waiters.length === 0;

  const dropAll = (message: string): void => {
    const error = new HoldfastError("CLOSED", message);
    for (const { waiters } of wishes.values()) for (const waiter of waiters.splice(0)) waiter.reject(error);
    wishes.clear();
  };

  const set = (sessionId: string, focused: boolean): Promise<FocusState> => {
    const promise = new Promise<FocusState>((resolve, reject) => {
      const before = wishes.get(sessionId);
      const mustWait = before?.isSent === true;
      // One that was never sent is answered by what becomes of this.
      const waiters = before === undefined || mustWait ? [] : before.waiters;
      const slept = link.up === undefined;
      const wish: Wish = { sessionId, focused, seen: known, slept, tries: 0, isSent: false, waiters };
      waiters.push({ resolve, reject });
      // Last wished, last in the list: the latest is the one that stays when there is no room.
      wishes.delete(sessionId);
      wishes.set(sessionId, wish);
      show();
      if (!mustWait && link.up !== undefined) send(wish);
    });
    return handled(promise);
  };

  const unlisten = [
    // The server sends under this name what the contract says.
    link.on("focus_update", (update) => take(update as FocusUpdate)),
    link.onDown(() => {
      for (const wish of wishes.values()) {
        wish.slept = true;
        wish.isSent = false;
      }
    }),
  ];

  return {
    getSnapshot: cell.getSnapshot,
    subscribe: cell.subscribe,
    set,
    toggle: (sessionId) => set(sessionId, !cell.getSnapshot().focusedSessions.includes(sessionId)),
    take,
    resume() {
      for (const wish of [...wishes.values()]) {
        if (wish.isSent) continue;
        if (wish.seen === undefined || wish.seen.epoch === known?.epoch) send(wish);
        else end(wish, new HoldfastError("CONFLICT", "The project's history began anew meanwhile."));
      }
    },
    reset(next) {
      dropAll("The client left the project.");
      projectId = next;
      known = undefined;
      show();
    },
    dispose() {
      dropAll("The client was closed.");
      for (const off of unlisten) off();
    },
  };
}

function nothing(projectId: string): FocusState {
  return {
    projectId,
    focusedSessions: [],
    totalFocused: 0,
    maxFocused: LIMITS.maxFocused,
    version: 0,
    epoch: "",
  };
}
