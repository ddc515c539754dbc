import type { ErrorMessage } from "./ack.ts";
import type { ConnectionStatus, ServerShutdown } from "./auth.ts";
import type { BootstrapEvent } from "./bootstrap.ts";
import type { ChannelEvent } from "./channels.ts";
import type { Entity, Mail, Project, Session, Task, TeamMember } from "./entity.ts";
import type { EventsFrame } from "./envelope.ts";
import type { FocusUpdate } from "./focus.ts";
import type { StateReset, SyncAck } from "./sync.ts";
import type * as terminal from "./terminal.ts";

interface TaskSession {
  readonly taskId: string;
  readonly sessionId: string;
  readonly task: Task;
}
interface SessionTask {
  readonly sessionId: string;
  readonly taskId: string;
  readonly session: Session;
}
interface TaskNotice {
  readonly taskId: string;
  readonly task: Task;
}
interface SessionNotice {
  readonly sessionId: string;
  readonly name: string;
  readonly reason?: string;
}
interface Modal {
  readonly sessionId: string;
  readonly modalId: string;
  readonly [field: string]: unknown;
}

type EntityEvents<Singular extends string, E extends Entity> = {
  readonly [K in `${Singular}:${"created" | "updated" | "deleted"}`]: E;
};

/** Domain events of section 5 by name, with the data of their envelope. */
export type DomainEvents = EntityEvents<"project", Project> &
  EntityEvents<"task", Task> &
  EntityEvents<"team_member", TeamMember> &
  EntityEvents<"session", Session> & {
    readonly "task:session_added": TaskSession;
    readonly "task:session_removed": TaskSession;
    readonly "team_member:archived": TeamMember;
    readonly "session:spawn": Session;
    readonly "session:task_added": SessionTask;
    readonly "session:task_removed": SessionTask;
    readonly "session:modal": Modal;
    readonly "session:modal_action": Modal;
    readonly "session:modal_closed": Modal;
    readonly "notify:task_completed": TaskNotice;
    readonly "notify:task_failed": TaskNotice;
    readonly "notify:task_blocked": TaskNotice;
    readonly "notify:task_session_completed": TaskSession;
    readonly "notify:task_session_failed": TaskSession;
    readonly "notify:session_completed": SessionNotice;
    readonly "notify:session_failed": SessionNotice;
    readonly "notify:needs_input": { readonly sessionId: string; readonly message?: string };
    readonly "notify:progress": { readonly sessionId: string; readonly message: string };
    readonly "mail:received": Mail;
    readonly "mail:updated": Mail;
    readonly "mail:deleted": Mail;
  };

export type DomainEventName = keyof DomainEvents;

/** Everything else a server sends on its own, with its payload. */
export interface ServerEvents {
  readonly connection_status: ConnectionStatus;
  readonly connection_replaced: Record<never, never>;
  readonly error_message: ErrorMessage;
  readonly events: EventsFrame;
  readonly "state:synced": ({ readonly success: true } & SyncAck) | { readonly success: false };
  readonly "state:reset": StateReset;
  readonly "access:revoked": { readonly projectId: string };
  readonly "auth:expiring": { readonly expiresAt: number };
  readonly "auth:expired": Record<never, never>;
  readonly "server:shutdown": ServerShutdown;
  readonly bootstrap: BootstrapEvent;
  readonly focus_update: FocusUpdate;
  readonly "channel:event": ChannelEvent;
  readonly "terminal:output": terminal.TerminalOutput;
  readonly "terminal:resized": terminal.TerminalResized;
  readonly "terminal:exit": terminal.TerminalExit;
  readonly "terminal:reset": terminal.TerminalReset;
  readonly "terminal:activity": terminal.TerminalActivity;
  readonly "terminal:owner": terminal.TerminalOwner;
}
