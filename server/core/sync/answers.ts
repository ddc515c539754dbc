import type {
  Change,
  CollectionChanges,
  DeltaAck,
  Entity,
  FocusState,
  Mail,
  Project,
  Session,
  SnapshotAck,
  Task,
  TeamMember,
} from "../../../sdk/protocol/index.ts";
import type { StoreDelta, StoreSnapshot } from "../../store/store.ts";
import { isSmaller } from "../delivery/framed.ts";
import { pack } from "./pack.ts";

const BUILT_IN = ["projects", "sessions", "tasks", "teamMembers", "mail"];

type Entities = StoreSnapshot["entities"];

/** The arrays of a snapshot, or of one page of it. */
export function collectionsOf(entities: Entities, declared: readonly string[]) {
  // Every entity passed its collection's schema when it was written.
  const list = <E extends Entity>(collection: string) => (entities[collection] ?? []) as readonly E[];
  return {
    sessions: list<Session>("sessions"),
    tasks: list<Task>("tasks"),
    teamMembers: list<TeamMember>("teamMembers"),
    mail: list<Mail>("mail"),
    collections: Object.fromEntries(
      [...new Set([...declared, ...Object.keys(entities)])]
        .filter((name) => !BUILT_IN.includes(name))
        .map((name) => [name, list(name)]),
    ),
  };
}

export function snapshotAck(
  { position, entities }: StoreSnapshot,
  declared: readonly string[],
  focus: FocusState,
  serverTime: number,
): SnapshotAck {
  // As above; a project holds at most one entity of `projects`, itself.
  const project = (entities["projects"]?.[0] as Project | undefined) ?? null;
  return {
    mode: "snapshot",
    ...position,
    project,
    ...collectionsOf(entities, declared),
    focus,
    serverTime,
  };
}

/** What a client takes for an entity of which some fields changed: old ones only the whole of it. */
export type Patching = "whole" | "patched" | "packed";

export function deltaAck(
  delta: StoreDelta,
  patching: Patching,
  focus: FocusState,
  serverTime: number,
): DeltaAck {
  const { position, from, events, eventsLost } = delta;
  const changes: Record<string, CollectionChanges> = {};
  for (const [collection, { upserted, changes: known, removed }] of Object.entries(delta.changes)) {
    const whole: Entity[] = [];
    const small: Change[] = [];
    for (const entity of upserted) {
      const change = patching === "whole" ? undefined : known.get(entity.id);
      if (change !== undefined && isSmaller(change, entity)) small.push(change);
      else whole.push(entity);
    }
    const patches = patching === "packed" ? pack(small) : { patched: small };
    changes[collection] = { upserted: whole, ...(small.length === 0 ? {} : patches), removed };
  }
  return {
    mode: "delta",
    ...position,
    from,
    changes,
    events,
    ...(eventsLost === 0 ? {} : { eventsLost }),
    focus,
    serverTime,
  };
}
