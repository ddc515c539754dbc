import { HoldfastError } from "../errors.ts";
import type { Entity, Patch, Session, Task } from "../protocol/index.ts";
import type { Store } from "../store/index.ts";
import { DEFAULTS } from "./defaults.ts";
import type { Intent } from "./intent.ts";
import type { Mutation } from "./mutation.ts";
import { type Recipe, recordEdit } from "./record-edit.ts";
import { toJson } from "./to-json.ts";
import type { Write } from "./write.ts";
import type {
  Collection,
  MailCollection,
  MailDraft,
  SessionsCollection,
  SpawnOptions,
  TasksCollection,
} from "./write-collection.ts";

export interface WriteCollectionsOptions {
  readonly store: Store;
  submit(write: Write): Mutation;
  createId(): string;
  now(): number;
  /** Who mail is shown to come from. */
  sender(): string;
  readonly collections: DeclaredDefaults;
}

/** The application's collections by name, as far as a new entity goes. */
export type DeclaredDefaults = Readonly<
  Record<string, { readonly defaults?: Readonly<Record<string, unknown>> | undefined }>
>;

export interface WriteCollections {
  collection<E extends Entity = Entity>(name: string): Collection<E>;
  readonly tasks: TasksCollection;
  readonly sessions: SessionsCollection;
  readonly mail: MailCollection;
}

const NOTHING: Intent = { kind: "none" };

/** What the application calls, turned into writes. */
export function createWriteCollections(options: WriteCollectionsOptions): WriteCollections {
  const { store, submit, createId, now } = options;
  const known = new Map<string, Collection>();

  const write = (
    collection: string,
    entityId: string,
    parts: Pick<Write, "op" | "intent"> & Partial<Write>,
  ): Mutation =>
    submit({
      event: "mutate",
      body: {},
      recipe: undefined,
      madeOn: undefined,
      shown: store.collection(collection).get(entityId),
      ...parts,
      collection,
      entityId,
    });

  const missing = (collection: string, id: string): HoldfastError =>
    new HoldfastError("NOT_FOUND", `There is no ${collection}/${id}.`, {
      remedy: "It may have been removed: read the collection again.",
    });

  /** What a create looks like before the server has answered. */
  const draft = (collection: string, id: string, value: Readonly<Record<string, unknown>>): Entity => {
    const at = now();
    const defaults = { ...DEFAULTS[collection], ...options.collections[collection]?.defaults };
    const { projectId } = store;
    return { ...defaults, ...value, projectId, id, version: 0, seq: 0, createdAt: at, updatedAt: at };
  };

  /** @param extra shown beside the fields, as the server will set it */
  const make = (
    collection: string,
    value: object,
    { op, event = "mutate", extra = {} }: Pick<Write, "op"> & Partial<Write> & { readonly extra?: object },
  ): Mutation => {
    // JSON of an object is one.
    const { id: given, ...fields } = toJson(value) as { readonly id?: string } & Record<string, unknown>;
    const id = given ?? createId();
    const shown = { ...draft(collection, id, fields), ...extra };
    const body = event === "mutate" ? { value: fields } : { ...fields, id };
    const intent: Intent = { kind: "create", value: shown, ownId: given === undefined };
    return write(collection, id, { op, event, body, intent, shown });
  };

  const update = (collection: string, id: string, recipe: Recipe): Mutation => {
    const shown = store.collection(collection).get(id);
    if (shown === undefined) {
      return write(collection, id, { op: "update", intent: NOTHING, refusal: missing(collection, id) });
    }
    const intent: Intent = { kind: "patch", ...recordEdit(shown, recipe) };
    // Kept only where it may have to be run again: a recipe holds on to whatever its closure does.
    const kept = intent.positional ? { recipe, madeOn: shown } : {};
    return write(collection, id, { op: "update", intent, shown, ...kept });
  };

  const remove = (collection: string, id: string): Mutation => {
    const refusal = store.collection(collection).get(id) === undefined ? missing(collection, id) : undefined;
    const intent: Intent = { kind: "remove" };
    return write(collection, id, { op: "remove", intent, refusal });
  };

  const collection = <E extends Entity>(name: string): Collection<E> => {
    let made = known.get(name);
    if (made === undefined) {
      made = {
        ...store.collection(name),
        create: (value) => make(name, value, { op: "create" }),
        // The queue knows entities, the caller which kind: the pairing is by collection name.
        update: (id, recipe) => update(name, id, recipe as Recipe),
        remove: (id) => remove(name, id),
      };
      known.set(name, made);
    }
    // The type belongs to the name: whoever asks by name knows what its entities look like.
    return made as unknown as Collection<E>;
  };

  const patch = (patches: readonly Patch[]): Intent => ({ kind: "patch", patches, positional: false });

  const claim = (id: string, sessionId: string): Mutation => {
    const holder = store.collection<Task>("tasks").get(id)?.claimedBy;
    // Where another session holds it the server will refuse: nothing is shown that would have to be taken back.
    const isFree = holder === undefined || holder === sessionId;
    const intent = isFree ? patch([{ op: "add", path: ["claimedBy"], value: sessionId }]) : NOTHING;
    return write("tasks", id, { op: "claim", body: { value: { sessionId } }, intent });
  };

  const release = (id: string, sessionId?: string): Mutation => {
    const holder = store.collection<Task>("tasks").get(id)?.claimedBy;
    const by = sessionId ?? holder;
    const intent =
      by !== undefined && by === holder ? patch([{ op: "remove", path: ["claimedBy"] }]) : NOTHING;
    return write("tasks", id, {
      op: "release",
      body: by === undefined ? {} : { value: { sessionId: by } },
      intent,
    });
  };

  const spawn = (spawning: SpawnOptions): Mutation =>
    make("sessions", spawning, { op: "spawn", event: "session:spawn", extra: { status: "spawning" } });

  const replyInput = (id: string, text?: string): Mutation => {
    const session = store.collection<Session>("sessions").get(id);
    const patches: Patch[] = [];
    if (session?.needsInput !== undefined) {
      patches.push({ op: "replace", path: ["needsInput"], value: { active: false } });
    }
    if (session?.status === "needs_input") {
      patches.push({ op: "replace", path: ["status"], value: "working" });
    }
    return write("sessions", id, {
      op: "replyInput",
      event: "session:reply-input",
      body: { sessionId: id, ...(text !== undefined && { input: text }) },
      intent: patches.length === 0 ? NOTHING : patch(patches),
    });
  };

  const modalAction = (id: string, modalId: string, action: unknown): Mutation =>
    write("sessions", id, {
      op: "modalAction",
      event: "session:modal_action",
      body: { sessionId: id, modalId, action: toJson(action) },
      intent: NOTHING,
    });

  /** A server that takes the id makes the mail under it; one that does not answers with its own. */
  const send = (mail: MailDraft): Mutation =>
    make("mail", mail, { op: "send", event: "mail:send", extra: { fromSessionId: options.sender() } });

  /** The collection of that name from now on, with what only it can do. */
  const extend = <C>(name: string, more: object): C => {
    const extended = { ...collection(name), ...more };
    known.set(name, extended);
    // Each of its writes answers with the entity that the name says.
    return extended as C;
  };
  return {
    collection,
    tasks: extend<TasksCollection>("tasks", { claim, release }),
    sessions: extend<SessionsCollection>("sessions", { spawn, replyInput, modalAction }),
    mail: extend<MailCollection>("mail", { send }),
  };
}
