import { z } from "zod";
import { heartbeatSchema, sessionReportSchema, sessionTakeSchema } from "./agent.ts";
import { authRefreshSchema, type Namespace } from "./auth.ts";
import { channelPublishSchema, channelRefSchema, channelSubscribeSchema } from "./channels.ts";
import { focusSetSchema, focusSyncSchema } from "./focus.ts";
import type { BucketName } from "./limits.ts";
import {
  mailSendSchema,
  modalActionSchema,
  mutateSchema,
  replyInputSchema,
  spawnSchema,
} from "./mutation.ts";
import { projectRefSchema, sessionIdsSchema, stateSyncSchema, subscribeSchema } from "./sync.ts";
import * as terminal from "./terminal.ts";

/** One event a client may send: where, with what, and from which bucket. Its ack type stands in `acks.ts`. */
export interface ClientEventSpec {
  readonly namespaces: readonly Namespace[];
  readonly payload: z.ZodType;
  readonly bucket: BucketName;
}

const none = z.object({});
const apps: readonly Namespace[] = ["/ui", "/mobile"];
const all: readonly Namespace[] = ["/ui", "/mobile", "/cli", "/terminal", "/"];
const members: readonly Namespace[] = ["/ui", "/mobile", "/cli"];
const owners: readonly Namespace[] = ["/ui", "/cli"];

const spec = <P extends z.ZodType>(
  namespaces: readonly Namespace[],
  payload: P,
  bucket: BucketName = "other",
): { namespaces: readonly Namespace[]; payload: P; bucket: BucketName } => ({ namespaces, payload, bucket });

/** Every event of sections 3–13 a client may send, dev-sync aside (`dev.ts`). A payload of none is `{}`. */
export const CLIENT_EVENTS = {
  "auth:refresh": spec(all, authRefreshSchema, "none"),
  ping: spec(["/ui"], none),
  "state:sync": spec(members, stateSyncSchema),
  "project:list": spec(["/ui"], none),
  "project:subscribe": spec(["/ui"], projectRefSchema),
  "project:unsubscribe": spec(["/ui"], projectRefSchema),
  subscribe: spec(["/ui"], subscribeSchema),
  unsubscribe: spec(["/ui"], none),
  "session:subscribe": spec(["/mobile"], sessionIdsSchema),
  "session:unsubscribe": spec(["/mobile"], sessionIdsSchema),
  mutate: spec(apps, mutateSchema, "mutate"),
  "mail:send": spec(apps, mailSendSchema, "mail"),
  "session:reply-input": spec(apps, replyInputSchema),
  "session:spawn": spec(apps, spawnSchema),
  "session:modal_action": spec(apps, modalActionSchema),
  "focus:set": spec(["/ui", "/mobile", "/terminal"], focusSetSchema),
  "focus:sync": spec(["/ui", "/mobile", "/terminal"], focusSyncSchema),
  "channel:subscribe": spec(members, channelSubscribeSchema),
  "channel:unsubscribe": spec(members, channelRefSchema),
  "channel:publish": spec(members, channelPublishSchema, "publish"),
  "terminal:register": spec(owners, terminal.terminalRegisterSchema),
  "terminal:output": spec(owners, terminal.terminalOutputSchema, "none"),
  "terminal:resized": spec(owners, terminal.terminalResizedSchema, "none"),
  "terminal:exit": spec(owners, terminal.terminalExitSchema, "none"),
  "terminal:watch": spec(["/terminal"], terminal.terminalWatchSchema),
  "terminal:unwatch": spec(["/terminal"], terminal.terminalRefSchema),
  "terminal:ack": spec(["/terminal"], terminal.terminalAckSchema, "none"),
  "terminal:input": spec(["/terminal"], terminal.terminalInputSchema, "input"),
  "terminal:resize": spec(["/terminal"], terminal.terminalResizeSchema),
  heartbeat: spec(["/cli"], heartbeatSchema),
  "session:report": spec(["/cli"], sessionReportSchema),
  "session:take": spec(["/cli"], sessionTakeSchema),
} as const satisfies Record<string, ClientEventSpec>;

export type ClientEventName = keyof typeof CLIENT_EVENTS;

/** What a client may write as the payload of an event, defaults left out. */
export type ClientPayload<E extends ClientEventName> = z.input<(typeof CLIENT_EVENTS)[E]["payload"]>;

/** What the server works with, after validation. */
export type ValidPayload<E extends ClientEventName> = z.output<(typeof CLIENT_EVENTS)[E]["payload"]>;
