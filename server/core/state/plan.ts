import type { Entity, Issue, Patch } from "../../../sdk/protocol/index.ts";
import { badRequest, Fault } from "../fault.ts";
import { applyPatches } from "./apply-patches.ts";
import { takeDangling } from "./dangling-links.ts";
import { deepEqual } from "./deep-equal.ts";
import { idsWithout } from "./derive.ts";
import type { Draft } from "./draft.ts";
import { type Fields, isServerField, ownFields } from "./fields.ts";
import type { Kind, Kinds } from "./kinds.ts";
import { editWithLinks, follow, isEnded } from "./links.ts";
import { mergePatch } from "./merge-patch.ts";
import type { Operation, Outcome } from "./operation.ts";
import { type Locate, validate } from "./validate.ts";

export interface PlanDeps {
  readonly kinds: Kinds;
  /** Epoch of a project that starts anew: the same however often the decision runs. */
  readonly newEpoch: () => string;
  /** What else goes with a session: its focus. */
  readonly onSessionRemoved: (draft: Draft, sessionId: string) => void;
}

/**
 * Decides one operation on a draft (protocol sections 5 and 6).
 * @throws Fault `BAD_REQUEST`, `NOT_FOUND`, `CONFLICT`, `PAYLOAD_TOO_LARGE`
 */
export function plan(draft: Draft, operation: Operation, deps: PlanDeps): Outcome {
  const kind = deps.kinds.get(operation.collection);
  if (kind === undefined) {
    throw badRequest(`There is no collection ${operation.collection}`, [
      { path: ["collection"], message: "no such collection" },
    ]);
  }
  if (kind.collection === "projects" && operation.id !== draft.view.projectId) {
    throw badRequest("A project's id is the project of the mutation", [
      { path: ["id"], message: "another project" },
    ]);
  }
  const { epoch } = draft.view.head;
  const result = operate(draft, kind, operation, deps);
  return { result, seq: draft.seq, epoch };
}

function operate(draft: Draft, kind: Kind, operation: Operation, deps: PlanDeps): Entity | null {
  const { kinds } = deps;
  switch (operation.op) {
    case "create":
      return create(draft, kind, operation.id, operation.value, deps);
    case "update": {
      const before = existing(draft, kind, operation);
      const { patches } = operation;
      const patched = patchedFields(before, patches);
      const touchesClaim = patches.findIndex(({ path }) => path[0] === "claimedBy");
      guardClaim(kind, before, patched, ["patches", touchesClaim, "path"]);
      const fields = validate(kind, patched, (path) => locateInPatches(patches, path));
      return editWithLinks(draft, kinds, kind, before, fields) ?? before;
    }
    case "merge": {
      const before = existing(draft, kind, operation);
      const merged = mergedFields(before, operation.value);
      guardClaim(kind, before, merged, ["claimedBy"]);
      return (
        editWithLinks(
          draft,
          kinds,
          kind,
          before,
          validate(kind, merged, (path) => path),
        ) ?? before
      );
    }
    case "remove":
      return remove(draft, kind, existing(draft, kind, operation), deps);
    case "claim":
      return claim(draft, kinds, kind, existing(draft, kind, operation), operation.value.sessionId);
    case "release":
      return release(draft, kinds, kind, existing(draft, kind, operation), operation.value?.sessionId);
  }
}

/** Makes an entity and what follows from it: the other side of its links, the oldest mail out. */
export function create(
  draft: Draft,
  kind: Kind,
  id: string,
  value: Fields,
  deps: Pick<PlanDeps, "kinds">,
  locate: Locate = (path) => ["value", ...path],
): Entity {
  const current = draft.entity(kind.collection, id);
  if (current !== undefined)
    throw new Fault("CONFLICT", `${kind.singular} ${id} exists`, { details: { current } });
  if (kind.collection === "sessions" && draft.view.projectOfSession(id) !== undefined) {
    throw new Fault("CONFLICT", `session ${id} exists in another project`);
  }
  const fields: Record<string, unknown> = { ...kind.defaults, ...ownFields(value) };
  if (kind.collection === "tasks") delete fields["claimedBy"];
  const entity = draft.create(kind, id, withWaitingLinks(draft, kind, id, validate(kind, fields, locate)));
  follow(draft, deps.kinds, kind.collection, undefined, entity);
  if (kind.collection === "mail" && draft.view.count("mail") >= draft.limits.mailPerProject) {
    const oldest = draft.view.oldest("mail");
    if (oldest !== undefined) draft.remove(kind, oldest);
  }
  return entity;
}

/** Entities that linked to this one before it was there find their link on this side too. */
function withWaitingLinks(draft: Draft, kind: Kind, id: string, fields: Fields): Fields {
  const field =
    kind.collection === "tasks" ? "sessionIds" : kind.collection === "sessions" ? "taskIds" : undefined;
  if (field === undefined) return fields;
  const waiting = takeDangling(draft, { collection: kind.collection, id });
  if (waiting.length === 0) return fields;
  // The schema has judged the field just now.
  const linked = fields[field] as readonly string[];
  return { ...fields, [field]: [...linked, ...idsWithout(waiting, linked)] };
}

function remove(draft: Draft, kind: Kind, before: Entity, deps: PlanDeps): null {
  draft.remove(kind, before);
  if (kind.collection === "projects") {
    // Everything else goes with it, without events of its own.
    draft.clear(deps.newEpoch());
    return null;
  }
  follow(draft, deps.kinds, kind.collection, before);
  if (kind.collection === "sessions") deps.onSessionRemoved(draft, before.id);
  return null;
}

function existing(draft: Draft, kind: Kind, { id, ifVersion }: Operation): Entity {
  const current = draft.entity(kind.collection, id);
  if (current === undefined) throw new Fault("NOT_FOUND", `There is no ${kind.singular} ${id}`);
  if (ifVersion !== undefined && ifVersion !== current.version) {
    throw new Fault("CONFLICT", `${kind.singular} ${id} has version ${current.version}`, {
      details: { current },
    });
  }
  return current;
}

function patchedFields(before: Entity, patches: readonly Patch[]): Fields {
  try {
    return applyPatches(ownFields(before), patches);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== "CONFLICT") throw error;
    throw new Fault("CONFLICT", error.message, {
      details: { ...error.details, current: before },
    });
  }
}

/** A whole entity may come back in a merge patch: fields of the server's are let through unchanged only. */
function mergedFields(before: Entity, value: Fields): Fields {
  for (const [name, field] of Object.entries(value)) {
    if (!isServerField(name) || deepEqual(before[name], field)) continue;
    const message = `${name} is written by the server`;
    throw badRequest(message, [{ path: [name], message }]);
  }
  // A merge of two objects is an object.
  return mergePatch(ownFields(before), ownFields(value)) as Fields;
}

function guardClaim(kind: Kind, before: Entity, after: Fields, path: Issue["path"]): void {
  if (kind.collection !== "tasks" || deepEqual(before["claimedBy"], after["claimedBy"])) return;
  const message = "claimedBy changes by claim and release only";
  throw badRequest(message, [{ path, message }]);
}

function claim(draft: Draft, kinds: Kinds, kind: Kind, task: Entity, sessionId: string): Entity {
  onlyTasks(kind);
  const session = draft.entity("sessions", sessionId);
  if (session === undefined) throw new Fault("NOT_FOUND", `There is no session ${sessionId}`);
  const claimedBy = task["claimedBy"];
  if (claimedBy === sessionId) return task;
  // It released its claims when it ended and would never release this one.
  if (isEnded(session))
    throw new Fault("CONFLICT", `session ${sessionId} has ended`, { details: { current: session } });
  if (claimedBy !== undefined) throw claimed(task, claimedBy);
  return editWithLinks(draft, kinds, kind, task, { ...ownFields(task), claimedBy: sessionId }) ?? task;
}

function release(
  draft: Draft,
  kinds: Kinds,
  kind: Kind,
  task: Entity,
  sessionId: string | undefined,
): Entity {
  onlyTasks(kind);
  const { claimedBy, ...fields } = ownFields(task);
  if (claimedBy === undefined) return task;
  if (sessionId !== undefined && claimedBy !== sessionId) throw claimed(task, claimedBy);
  return editWithLinks(draft, kinds, kind, task, fields) ?? task;
}

function claimed(task: Entity, claimedBy: unknown): Fault {
  return new Fault("CONFLICT", `task ${task.id} is claimed`, { details: { claimedBy } });
}

function onlyTasks(kind: Kind): void {
  if (kind.collection === "tasks") return;
  throw badRequest("Only tasks are claimed and released", [
    { path: ["collection"], message: "must be tasks" },
  ]);
}

/** Where in the patches a fault of the result came from: the last patch that wrote at, above or below it. */
function locateInPatches(patches: readonly Patch[], path: Issue["path"]): Issue["path"] {
  for (let index = patches.length - 1; index >= 0; index -= 1) {
    const written = patches[index]?.path ?? [];
    const shared = Math.min(written.length, path.length);
    if (!written.slice(0, shared).every((step, at) => String(step) === String(path[at]))) continue;
    if (written.length > path.length || patches[index]?.op === "remove") return ["patches", index, "path"];
    return ["patches", index, "value", ...path.slice(written.length)];
  }
  return ["patches"];
}
