import type { Auth } from "./auth/auth.ts";
import type { BootstrapSlots } from "./bootstrap/create-bootstrap.ts";
import type { Channels } from "./channels/create-channels.ts";
import type { ClientInternals, INTERNALS } from "./connection/internals.ts";
import type { ClientStatus } from "./connection/status.ts";
import type { WhenLiveOptions } from "./connection/when-live.ts";
import type { Focus } from "./focus/index.ts";
import type {
  Collection,
  MailCollection,
  Mutations,
  SessionsCollection,
  TasksCollection,
} from "./mutations/index.ts";
import type { CollectionDefinition, Collections } from "./protocol/collection.ts";
import type {
  DomainEventName,
  DomainEvents,
  Entity,
  Envelope,
  Project,
  TeamMember,
} from "./protocol/index.ts";
import type { Trace } from "./trace/create-trace.ts";
import type { Source } from "./util/source.ts";

/** A domain event as listeners hear it. `replayed`: it was missed, and came with a catch-up. */
export type DomainEvent<Data = unknown> = Envelope<Data> & { readonly replayed: boolean };

/** An entity of a declared collection. */
export type EntityOf<D> = D extends CollectionDefinition<infer Fields> ? Entity & Readonly<Fields> : Entity;

/** A connection to one project of a server, and everything the application knows of it. */
export interface Client<C extends Collections = Collections> {
  readonly clientId: string;
  readonly projectId: string;
  readonly status: Source<ClientStatus>;
  /** Resolves once live; rejects when refused or closed. Tries for ever in between. */
  connect(): Promise<void>;
  /** For good. Pending mutations that are not persisted are rejected with `CLOSED`. */
  close(): Promise<void>;
  /** Resolves once live; rejects when refused, closed or aborted. Connects nothing by itself. */
  whenLive(options?: WhenLiveOptions): Promise<void>;
  /** Replaces the socket now, whatever the status. */
  reconnect(): Promise<void>;
  /** Hears a domain event; outlives reconnects. Returns how to stop. */
  on<E extends DomainEventName>(
    event: E,
    listener: (event: DomainEvent<DomainEvents[E]>) => void,
    options?: { readonly signal?: AbortSignal },
  ): () => void;
  /** Hears an event of a declared collection: `widget:created`. */
  on(
    event: string & {},
    listener: (event: DomainEvent<Entity>) => void,
    options?: { readonly signal?: AbortSignal },
  ): () => void;
  /** Hears what went wrong beside any call. Returns how to stop. */
  onError(listener: (error: unknown) => void): () => void;
  /** Forgets the present project and takes up another; handlers and sources stay. */
  switchProject(projectId: string): Promise<void>;
  /** Other credentials: of the same user they are sent in band, of another one they start afresh. */
  setAuth(auth: Auth | undefined): void;
  readonly project: Collection<Project>;
  readonly tasks: TasksCollection;
  readonly sessions: SessionsCollection;
  readonly teamMembers: Collection<TeamMember>;
  readonly mail: MailCollection;
  collection<Name extends keyof C & string>(name: Name): Collection<EntityOf<C[Name]>>;
  readonly mutations: Pick<Mutations, "getSnapshot" | "subscribe" | "onRejected" | "discard">;
  readonly focus: Pick<Focus, "getSnapshot" | "subscribe" | "set" | "toggle">;
  readonly channel: Channels["channel"];
  readonly aiStream: Channels["aiStream"];
  readonly bootstrap: Source<BootstrapSlots>;
  readonly trace: Trace;
  readonly [INTERNALS]: ClientInternals;
}
