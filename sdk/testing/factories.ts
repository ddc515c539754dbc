import type { Mail, Project, Session, Task, TeamMember } from "../protocol/entity.ts";
import { createSeededIds } from "./seeded-ids.ts";

type Known<T> = { readonly [K in keyof T as string extends K ? never : K]?: T[K] };
/** Fields to set; fields of the application's own may be among them. */
export type Overrides<T> = Known<T> & { readonly [field: string]: unknown };

/** Entities that fit the server's rules, each with an id of its own. */
export interface Factories {
  aProject(overrides?: Overrides<Project>): Project;
  aSession(overrides?: Overrides<Session>): Session;
  aTask(overrides?: Overrides<Task>): Task;
  aTeamMember(overrides?: Overrides<TeamMember>): TeamMember;
  aMail(overrides?: Overrides<Mail>): Mail;
}

/** 2026-01-01, so that nothing depends on the day of the test. */
const MADE_AT = 1_767_225_600_000;

/** Factories that count for themselves: the same calls give the same entities. */
export function createFactories(): Factories {
  const ids = createSeededIds();
  const made = (prefix: string) => {
    const id = ids.next(prefix);
    return { id, name: `${prefix} ${id.slice(prefix.length + 1)}` };
  };
  const stamp = { version: 1, seq: 0, createdAt: MADE_AT, updatedAt: MADE_AT };
  const scope = { projectId: "p1", ...stamp };
  return {
    aProject: (overrides) => ({ ...made("project"), ...stamp, ...overrides }),
    aSession: (overrides) => ({ ...made("session"), ...scope, status: "idle", taskIds: [], ...overrides }),
    aTask(overrides) {
      const { id, name } = made("task");
      return { id, ...scope, title: name, status: "todo", sessionIds: [], ...overrides };
    },
    aTeamMember: (overrides) => ({ ...made("member"), ...scope, status: "active", ...overrides }),
    aMail(overrides) {
      const { id, name } = made("mail");
      const texts = { type: "directive", subject: name, body: `Body of ${name}` };
      return { id, ...scope, fromSessionId: "ui:local", ...texts, ...overrides };
    },
  };
}

/** Factories for one test file; they count on for as long as it runs. */
export const { aProject, aSession, aTask, aTeamMember, aMail } = createFactories();
