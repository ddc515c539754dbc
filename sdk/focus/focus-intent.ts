import type { FocusState } from "../protocol/index.ts";

/** What the application wants of one session's focus. */
export interface FocusIntent {
  readonly sessionId: string;
  readonly focused: boolean;
}

/** A client takes a state iff its epoch differs or its version is higher (protocol section 7). */
export function isNewer(state: FocusState, than: FocusState | undefined): boolean {
  return than === undefined || state.epoch !== than.epoch || state.version > than.version;
}

/** The state as it will be once the intents hold; over the limit the oldest makes room. */
export function showFocus(state: FocusState, intents: Iterable<FocusIntent>): FocusState {
  let sessions = state.focusedSessions;
  for (const { sessionId, focused } of intents) {
    if (sessions.includes(sessionId) === focused) continue;
    if (!focused) {
      sessions = sessions.filter((id) => id !== sessionId);
    } else {
      const room = Math.max(0, state.maxFocused - 1);
      sessions = [...(room === 0 ? [] : sessions.slice(-room)), sessionId];
    }
  }
  if (sessions === state.focusedSessions) return state;
  return { ...state, focusedSessions: sessions, totalFocused: sessions.length };
}
