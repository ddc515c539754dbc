import type { ChannelPublish, ChannelPublishAck, FocusAck, FocusSet } from "../../../sdk/protocol/index.ts";
import type { Access } from "../../core/handler.ts";
import type { Mutations } from "../../core/mutations/mutations.ts";
import type { Principal } from "../../core/ports/principal.ts";
import type { Store } from "../../store/store.ts";

/** What the HTTP API asks of the core: the same services as the wire. */
export interface ApiServices {
  readonly execute: Mutations["execute"];
  readonly store: Pick<Store, "entity" | "list" | "projects" | "projectOfSession">;
  readonly access: Access;
  /** Epoch milliseconds of the last sign of life of a session's agent; presence, no part of the entity. */
  readonly lastHeartbeat: (sessionId: string) => number | undefined;
  /** @throws Fault, `CONFLICT` with the state in `details` */
  setFocus(
    principal: Principal,
    request: FocusSet & { readonly projectId: string },
  ): Promise<FocusAck> | FocusAck;
  /** @throws Fault */
  publish(
    principal: Principal,
    request: ChannelPublish & { readonly projectId: string },
  ): Promise<ChannelPublishAck> | ChannelPublishAck;
}
