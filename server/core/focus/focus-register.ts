import type { FocusState } from "../../../sdk/protocol/index.ts";

/** Name of the register; its value goes with every sync of the project. */
export const FOCUS_REGISTER = "focus";

/** Sessions that lost focus and are still remembered for the guard of `expectedVersion`. */
const MAX_REMEMBERED = 1_000;

/** Focus of a project as the store keeps it. */
export interface FocusRegister {
  readonly version: number;
  /** Oldest focus first; `at` is when it was last set, in epoch milliseconds. */
  readonly focused: readonly { readonly id: string; readonly at: number }[];
  /** By session: the version at which its focus last changed, oldest change first. */
  readonly changed: Readonly<Record<string, number>>;
}

const EMPTY: FocusRegister = { version: 0, focused: [], changed: {} };

export function focusIn(register: unknown): FocusRegister {
  // Only this folder writes the register.
  return (register as FocusRegister | undefined) ?? EMPTY;
}

export function focusState(
  register: FocusRegister,
  projectId: string,
  epoch: string,
  maxFocused: number,
): FocusState {
  const focusedSessions = register.focused.map(({ id }) => id);
  return {
    projectId,
    focusedSessions,
    totalFocused: focusedSessions.length,
    maxFocused,
    version: register.version,
    epoch,
  };
}

/**
 * Whether what a caller knows of a session is out of date: its focus changed since `expectedVersion`, or that is
 * ahead. Other sessions do not matter.
 */
export function isStale(register: FocusRegister, sessionId: string, expectedVersion: number): boolean {
  return expectedVersion > register.version || expectedVersion < (register.changed[sessionId] ?? 0);
}

export interface FocusChange {
  readonly register: FocusRegister;
  readonly evicted: readonly string[];
}

/** Puts a session in front, evicting the least recently active others beyond `maxFocused`. */
export function withFocus(
  register: FocusRegister,
  sessionId: string,
  now: number,
  maxFocused: number,
  activeAt: (sessionId: string) => number,
): FocusChange {
  const others = [...register.focused];
  const evicted: string[] = [];
  while (others.length >= maxFocused) {
    const activity = others.map(({ id, at }) => Math.max(at, activeAt(id)));
    const [least] = others.splice(activity.indexOf(Math.min(...activity)), 1);
    if (least === undefined) break;
    evicted.push(least.id);
  }
  const focused = [...others, { id: sessionId, at: now }];
  return { register: changedBy(register, [...evicted, sessionId], focused), evicted };
}

export function withoutFocus(register: FocusRegister, sessionId: string): FocusRegister {
  return changedBy(
    register,
    [sessionId],
    register.focused.filter(({ id }) => id !== sessionId),
  );
}

/** A session that is gone: nobody asks for it again. */
export function withoutSession(register: FocusRegister, sessionId: string): FocusRegister {
  const without = withoutFocus(register, sessionId);
  const { [sessionId]: _, ...changed } = without.changed;
  return { ...without, changed };
}

function changedBy(
  register: FocusRegister,
  sessions: readonly string[],
  focused: FocusRegister["focused"],
): FocusRegister {
  const version = register.version + 1;
  const named = new Set(sessions);
  const kept = Object.entries(register.changed).filter(([id]) => !named.has(id));
  const changed = Object.fromEntries([
    ...kept.slice(-MAX_REMEMBERED),
    ...sessions.map((id) => [id, version] as const),
  ]);
  return { version, focused, changed };
}
