export type { Auth, TokenReason, TokenRequest } from "./auth/auth.ts";
export type { BootstrapSlots } from "./bootstrap/create-bootstrap.ts";
export type { Channel, ChannelGap, ChannelMeta, ChannelSubscribeOptions } from "./channels/channel.ts";
export { createClient } from "./client.ts";
export type { ClientStatus, ConnectReason, Progress } from "./connection/status.ts";
export type { Timings } from "./connection/timings.ts";
export type {
  CloseCause,
  ConnectTransport,
  Transport,
  TransportOptions,
  Wire,
  WireListener,
} from "./connection/transport.ts";
export type { WhenLiveOptions } from "./connection/when-live.ts";
export { HoldfastError, type HoldfastErrorOptions, isHoldfastError, type Retry } from "./errors.ts";
export type { Client, DomainEvent, EntityOf } from "./interface.ts";
export type {
  Collection,
  Draft,
  MailCollection,
  MailDraft,
  Mutation,
  MutationStatus,
  NewEntity,
  PendingMutation,
  PendingMutations,
  SessionsCollection,
  SpawnOptions,
  TasksCollection,
} from "./mutations/index.ts";
export type { ClientNamespace, ClientOptions } from "./options.ts";
export { collection, defineCollections } from "./protocol/collection.ts";
export type {
  ChannelData,
  Code,
  DomainEventName,
  DomainEvents,
  Entity,
  FocusState,
  Mail,
  Project,
  Session,
  Task,
  TeamMember,
} from "./protocol/index.ts";
export type { ReadCollection } from "./store/index.ts";
export type { Persistence } from "./store/persistence/persistence.ts";
export type { Trace, TraceEntry, TraceExport } from "./trace/create-trace.ts";
export type { Clock } from "./util/clock.ts";
export type { Source } from "./util/source.ts";
