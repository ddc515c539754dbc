import type { ChannelPublishAck, ChannelSubscribeAck } from "./channels.ts";
import type { Project, Session } from "./entity.ts";
import type { FocusAck, FocusState } from "./focus.ts";
import type { MutateAck, ShortcutAcks } from "./mutation.ts";
import type { Position } from "./position.ts";
import type { SyncAck } from "./sync.ts";
import type { TerminalRegisterAck, TerminalWatchAck } from "./terminal.ts";

type Empty = Record<never, never>;

/** What a successful ack of each client event carries beside `success: true`. */
export interface ClientAcks extends ShortcutAcks {
  /** Absent when the token never expires. */
  readonly "auth:refresh": { readonly expiresAt?: number };
  readonly ping: Empty;
  readonly "state:sync": SyncAck;
  readonly "project:list": { readonly projects: readonly Project[] };
  readonly "project:subscribe": Position;
  readonly "project:unsubscribe": Empty;
  readonly subscribe: { readonly sessionIds: readonly string[]; readonly denied: readonly string[] };
  readonly unsubscribe: Empty;
  readonly "session:subscribe": {
    readonly sessionIds: readonly string[];
    readonly denied: readonly string[];
  };
  readonly "session:unsubscribe": Empty;
  readonly mutate: MutateAck;
  readonly "session:modal_action": MutateAck;
  readonly "focus:set": FocusAck;
  readonly "focus:sync": FocusState;
  readonly "channel:subscribe": ChannelSubscribeAck;
  readonly "channel:unsubscribe": Empty;
  readonly "channel:publish": ChannelPublishAck;
  readonly "terminal:register": TerminalRegisterAck;
  readonly "terminal:output": { readonly offset: number };
  readonly "terminal:resized": { readonly offset: number };
  readonly "terminal:exit": { readonly offset: number };
  readonly "terminal:watch": TerminalWatchAck;
  readonly "terminal:unwatch": Empty;
  readonly "terminal:ack": Empty;
  readonly "terminal:input": { readonly inputSeq?: number };
  readonly "terminal:resize": Empty;
  readonly heartbeat: { readonly serverTime: number };
  readonly "session:report": Empty;
  readonly "session:take": { readonly session: Session };
}
