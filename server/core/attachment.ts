import type { Caller } from "./handler.ts";
import type { Principal } from "./ports/principal.ts";

/** An attached socket with what the server keeps for it; handlers see it as a `Caller`. */
export interface Attachment extends Caller {
  principal: Principal;
  /** Names of the rooms it is in; only `rooms.ts` writes it. */
  readonly rooms: Set<string>;
}
