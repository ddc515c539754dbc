import type { CollectionDefinition, Collections } from "../protocol/collection.ts";
import type { Entity, Mail, Project, Session, Task, TeamMember } from "../protocol/entity.ts";

export interface BuiltInEntities {
  readonly projects: Project;
  readonly sessions: Session;
  readonly tasks: Task;
  readonly teamMembers: TeamMember;
  readonly mail: Mail;
}

/** Names of the collections a mock has: the built-in ones and those it was given. */
export type CollectionName<C extends Collections> = keyof BuiltInEntities | Declared<C>;

/** None, where nothing is known of what was declared. */
type Declared<C extends Collections> = string extends keyof C ? never : keyof C & string;

export type EntityIn<C extends Collections, N extends CollectionName<C>> = N extends keyof BuiltInEntities
  ? BuiltInEntities[N]
  : C[N & keyof C] extends CollectionDefinition<infer Fields>
    ? Entity & Readonly<Fields>
    : Entity;

interface Required {
  readonly projects: "name";
  readonly sessions: "name";
  readonly tasks: "title";
  readonly teamMembers: "name";
  readonly mail: "fromSessionId" | "subject" | "body";
}

type Loose<T> = { readonly [K in keyof T as string extends K ? never : K]?: T[K] | undefined };
type Known<T> = { readonly [K in keyof T as string extends K ? never : K]: T[K] };

/** What has to be said of a new entity; what the server writes is ignored, an id that is left out is made. */
export type NewEntity<C extends Collections, N extends CollectionName<C>> = N extends keyof BuiltInEntities
  ? Pick<Known<BuiltInEntities[N]>, Required[N] & keyof Known<BuiltInEntities[N]>> &
      Loose<BuiltInEntities[N]> & { readonly [field: string]: unknown }
  : C[N & keyof C] extends CollectionDefinition<infer Fields>
    ? Readonly<Fields> & { readonly id?: string }
    : { readonly [field: string]: unknown };

/** Changed fields; `null` removes one (RFC 7396). */
export type EntityChanges<
  C extends Collections,
  N extends CollectionName<C>,
> = N extends keyof BuiltInEntities
  ? { readonly [K in keyof Known<BuiltInEntities[N]>]?: Known<BuiltInEntities[N]>[K] | null } & {
      readonly [field: string]: unknown;
    }
  : C[N & keyof C] extends CollectionDefinition<infer Fields>
    ? { readonly [K in keyof Fields]?: Fields[K] | null }
    : { readonly [field: string]: unknown };

/** What a project holds at the start. */
export type ProjectSeed<C extends Collections> = {
  /** Default: one that is called by its id. */
  readonly project?: NewEntity<C, "projects">;
} & { readonly [N in Exclude<CollectionName<C>, "projects">]?: readonly NewEntity<C, N>[] };

/** What a project holds now. */
export type ProjectState<C extends Collections> = {
  readonly project: Project | null;
} & { readonly [N in Exclude<CollectionName<C>, "projects">]: readonly EntityIn<C, N>[] };
