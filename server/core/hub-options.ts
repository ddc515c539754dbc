import type { Collections } from "../../sdk/protocol/index.ts";
import type { Store } from "../store/store.ts";
import type { Authorize } from "./access.ts";
import type { SlotDefinition } from "./bootstrap/bootstrap.ts";
import type { Limits } from "./limits.ts";
import type { Bus } from "./ports/bus.ts";
import type { ChannelLog } from "./ports/channel-log.ts";
import type { Clock } from "./ports/clock.ts";
import type { DevRegistry } from "./ports/dev-registry.ts";
import type { Log } from "./ports/log.ts";
import type { Members } from "./ports/members.ts";
import type { Meter } from "./ports/meter.ts";
import type { Authenticator } from "./ports/principal.ts";
import type { RateLimiter } from "./ports/rate-limiter.ts";
import type { SharedSlots } from "./ports/shared-slots.ts";
import type { TerminalRelay } from "./ports/terminal-relay.ts";
import type { Emulator } from "./terminals/emulator.ts";
import type { TerminalLimits } from "./terminals/terminal-limits.ts";

export interface HubOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** A new unguessable id of at most 64 characters of `A-Z a-z 0-9 _ -`. */
  readonly createId: () => string;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly authenticator: Authenticator;
  /** Replaces the roles of tokens. */
  readonly authorize?: Authorize | undefined;
  /** Must be another at each start, in a cluster too. Default: `createId()`. */
  readonly serverId?: string | undefined;
  readonly collections?: Collections | undefined;
  readonly bootstrapSlots?: readonly (string | SlotDefinition)[] | undefined;
  readonly limits?: Partial<Limits> | undefined;
  /** Default: everything passes. */
  readonly rateLimiter?: RateLimiter | undefined;
  readonly meter?: Meter | undefined;
  /** For exact snapshots. Default: none, a terminal answers with its whole stream up to 1 MiB. */
  readonly emulator?: Emulator | undefined;
  readonly terminalLimits?: Partial<TerminalLimits> | undefined;
  /** What servers of one cluster share. Default: this server is alone. */
  readonly cluster?: Partial<ClusterPorts> | undefined;
}

/** What a server shares with the others on its store; each by default the server's own. */
export interface ClusterPorts {
  /** Tells a client's older connection elsewhere to go, and others when sessions were last active. */
  readonly bus: Bus;
  /** Whose agents and spawns are looked after by others. Default: no other server lives. */
  readonly members: Members;
  readonly channelLog: ChannelLog;
  readonly slots: SharedSlots;
  readonly terminalRelay: TerminalRelay;
  /** Adds the sockets of other servers to those of this one. */
  readonly shareDevRegistry: (own: DevRegistry) => DevRegistry;
}
