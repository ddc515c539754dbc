export type { StoredEntry } from "./entry.ts";
export type { Mutation, MutationStatus } from "./mutation.ts";
export { createMutations, type Mutations } from "./mutations.ts";
export type { PendingMutation, PendingMutations } from "./pending.ts";
export type {
  Collection,
  Draft,
  MailCollection,
  MailDraft,
  NewEntity,
  SessionsCollection,
  SpawnOptions,
  TasksCollection,
} from "./write-collection.ts";
