import type { FocusAck, FocusSet, FocusState, FocusUpdate } from "../../../sdk/protocol/index.ts";
import type { Store } from "../../store/store.ts";
import { Fault } from "../fault.ts";
import type { Access, Handlers } from "../handler.ts";
import type { Limits } from "../limits.ts";
import type { Clock } from "../ports/clock.ts";
import type { Principal } from "../ports/principal.ts";
import { projectOf } from "../project-of.ts";
import type { Changes } from "../state/changes.ts";
import type { Draft } from "../state/draft.ts";
import {
  FOCUS_REGISTER,
  type FocusRegister,
  focusIn,
  focusState,
  isStale,
  withFocus,
  withoutFocus,
  withoutSession,
} from "./focus-register.ts";

/** Activity is remembered for this many sessions; the quietest is forgotten. */
const MAX_ACTIVE = 10_000;

/** Between two activities of one millisecond, so that they keep their order. */
const STEP_MS = 1 / 1024;

const ignore = (): void => undefined;

/** When sessions were last active: output, input or focus. `onTouch` hears of what was active on this server. */
export function createActivity(clock: Clock, onTouch: (sessionId: string, at: number) => void = ignore) {
  const active = new Map<string, number>();
  let last = 0;

  function note(sessionId: string, at: number): void {
    active.delete(sessionId);
    active.set(sessionId, at);
    if (active.size <= MAX_ACTIVE) return;
    const [quietest] = active.keys();
    if (quietest !== undefined) active.delete(quietest);
  }

  return {
    touch(sessionId: string): void {
      last = Math.max(clock.now(), last + STEP_MS);
      note(sessionId, last);
      onTouch(sessionId, last);
    },
    /** A session was active on another server. */
    heard(sessionId: string, at: number): void {
      if (at > (active.get(sessionId) ?? 0)) note(sessionId, at);
    },
    at: (sessionId: string): number => active.get(sessionId) ?? 0,
    forget: (sessionId: string): void => void active.delete(sessionId),
  };
}
export type Activity = ReturnType<typeof createActivity>;

/** Takes focus from a session that is being removed, in the transaction of its removal. */
export function dropFocus(draft: Draft, sessionId: string, maxFocused: number): void {
  const register = focusIn(draft.register(FOCUS_REGISTER));
  if (!register.focused.some(({ id }) => id === sessionId)) return;
  tell(draft, withoutSession(register, sessionId), maxFocused, sessionId, false);
}

function tell(
  draft: Draft,
  register: FocusRegister,
  maxFocused: number,
  sessionId: string,
  focused: boolean,
  evicted?: readonly string[],
): FocusState {
  const { projectId, head } = draft.view;
  const state = focusState(register, projectId, head.epoch, maxFocused);
  draft.setRegister(FOCUS_REGISTER, register);
  const update: FocusUpdate = {
    type: "focus_update",
    sessionId,
    focused,
    ...(evicted === undefined || evicted.length === 0 ? {} : { evicted }),
    ...state,
    timestamp: draft.now,
  };
  draft.notice("focus_update", update);
  return state;
}

export interface FocusDeps {
  readonly store: Store;
  readonly changes: Changes;
  readonly access: Access;
  readonly activity: Activity;
  readonly limits: Limits;
}

/** Which sessions of a project are in front (protocol section 7). */
export function createFocus({ store, changes, access, activity, limits }: FocusDeps) {
  const { maxFocused } = limits;

  /** @throws Fault `FORBIDDEN`, `NOT_FOUND`, `CONFLICT` with the state in `details` */
  async function set(
    principal: Principal,
    projectId: string,
    wanted: Omit<FocusSet, "projectId">,
  ): Promise<FocusAck> {
    access.require(principal, "focus", projectId);
    const { sessionId, focused, expectedVersion } = wanted;
    const ack = await changes.apply(projectId, (draft): FocusAck => {
      if (draft.entity("sessions", sessionId) === undefined) {
        throw new Fault("NOT_FOUND", `There is no session ${sessionId}`);
      }
      const register = focusIn(draft.register(FOCUS_REGISTER));
      const current = focusState(register, projectId, draft.view.head.epoch, maxFocused);
      if (expectedVersion !== undefined && isStale(register, sessionId, expectedVersion)) {
        throw new Fault("CONFLICT", "The focus of this session has changed", { details: { ...current } });
      }
      if (current.focusedSessions.includes(sessionId) === focused) return current;
      if (!focused) return tell(draft, withoutFocus(register, sessionId), maxFocused, sessionId, false);
      const next = withFocus(register, sessionId, draft.now, maxFocused, activity.at);
      const state = tell(draft, next.register, maxFocused, sessionId, true, next.evicted);
      return next.evicted.length === 0 ? state : { ...state, evicted: next.evicted };
    });
    // A set that changed nothing counts too.
    if (focused) activity.touch(sessionId);
    return ack;
  }

  /** @throws Fault `FORBIDDEN` */
  async function get(principal: Principal, projectId: string): Promise<FocusState> {
    access.require(principal, "read", projectId);
    const [{ epoch }, register] = await Promise.all([
      store.head(projectId),
      store.register(projectId, FOCUS_REGISTER),
    ]);
    return focusState(focusIn(register), projectId, epoch, maxFocused);
  }

  const handlers: Handlers<"focus:set" | "focus:sync"> = {
    "focus:set": (caller, { projectId, ...wanted }) =>
      set(caller.principal, projectOf(caller, projectId), wanted),
    "focus:sync": (caller, { projectId }) => get(caller.principal, projectOf(caller, projectId)),
  };

  return {
    handlers,
    set,
    get,
    /** The state in a register that a sync has read. */
    stateOf: (register: unknown, projectId: string, epoch: string): FocusState =>
      focusState(focusIn(register), projectId, epoch, maxFocused),
  };
}

export type Focus = ReturnType<typeof createFocus>;
