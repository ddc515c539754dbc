/** Who hears a domain event beside those who joined its project (protocol section 5). */
export interface Audience {
  /** The room of the session the envelope names. */
  readonly session: boolean;
  /** Every `/ui` socket that may read the project. */
  readonly readers: boolean;
}

const PROJECT: Audience = { session: false, readers: false };
const SESSION: Audience = { session: true, readers: false };
const READERS: Audience = { session: false, readers: true };
const BOTH: Audience = { session: true, readers: true };

export function audienceOf(event: string): Audience {
  if (event.startsWith("session:") || event.startsWith("mail:")) return SESSION;
  if (event.startsWith("project:") || event.startsWith("notify:task_")) return READERS;
  return event.startsWith("notify:") ? BOTH : PROJECT;
}
