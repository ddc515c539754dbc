import type { Entity, Mail, MailSend, Session, Task } from "../protocol/index.ts";
import type { ReadCollection } from "../store/index.ts";
import type { Mutation } from "./mutation.ts";

/** What `create` takes: the entity's own fields; `id` is made if missing, what the server owns is the server's. */
export type NewEntity<E extends Entity> = { readonly id?: string } & {
  readonly [K in keyof E as string extends K ? never : K extends keyof Entity ? never : K]?: E[K];
} & { readonly [field: string]: unknown };

/** A draft of an entity in an Immer recipe. */
export type Draft<E> = { -readonly [K in keyof E]: DraftValue<E[K]> };
type DraftValue<T> = T extends readonly (infer I)[]
  ? DraftValue<I>[]
  : T extends object
    ? { -readonly [K in keyof T]: DraftValue<T[K]> }
    : T;

/** A collection that can be written. Every write is shown at once and sent in order. */
export interface Collection<E extends Entity = Entity> extends ReadCollection<E> {
  create(value: NewEntity<E>): Mutation<E>;
  /** An Immer recipe over the entity as shown. A throwing recipe throws here and nothing happens. */
  update(id: string, recipe: (draft: Draft<E>) => void): Mutation<E>;
  remove(id: string): Mutation<E>;
}

export interface TasksCollection extends Collection<Task> {
  claim(id: string, sessionId: string): Mutation<Task>;
  /** @param sessionId default: the session that holds the claim as shown. */
  release(id: string, sessionId?: string): Mutation<Task>;
}

export interface SpawnOptions {
  readonly id?: string;
  readonly name: string;
  /** A name from the spawner's own list. */
  readonly command?: string;
  readonly [field: string]: unknown;
}

export interface SessionsCollection extends Collection<Session> {
  spawn(options: SpawnOptions): Mutation<Session>;
  replyInput(id: string, text?: string): Mutation<Session>;
  modalAction(id: string, modalId: string, action: unknown): Mutation<Session>;
}

/** What `mail.send` takes: `toSessionId`, `type` (default `directive`), `subject`, `body`. */
export type MailDraft = Omit<MailSend, "mutationId" | "projectId">;

export interface MailCollection extends Collection<Mail> {
  send(mail: MailDraft): Mutation<Mail>;
}
