import {
  handshakeSyncSchema,
  type Page,
  type SnapshotAck,
  type StateSync,
  type SyncAck,
} from "../../../sdk/protocol/index.ts";
import type { Store, StorePage } from "../../store/store.ts";
import { Fault, failureOf } from "../fault.ts";
import type { FaultOf } from "../fault-of.ts";
import type { Focus } from "../focus/focus.ts";
import { FOCUS_REGISTER } from "../focus/focus-register.ts";
import type { Access, Caller, Handlers } from "../handler.ts";
import type { Limits } from "../limits.ts";
import { parseWith } from "../parse-with.ts";
import type { Clock } from "../ports/clock.ts";
import type { Meter } from "../ports/meter.ts";
import { projectOf } from "../project-of.ts";
import { collectionsOf, deltaAck, snapshotAck } from "./answers.ts";
import { readCursor, type SyncCursor, writeCursor } from "./cursor.ts";
import { createSharedSnapshot } from "./shared-snapshot.ts";

export interface SyncDeps {
  readonly store: Store;
  readonly access: Access;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly limits: Limits;
  readonly faultOf: FaultOf;
  /** Names of an application's own collections. */
  readonly declared: readonly string[];
  readonly focusOf: Focus["stateOf"];
  /** Joins a caller to a project that it may read. */
  readonly join: (caller: Caller, projectId: string) => void;
}

/** Brings a client to the present: by what changed, by everything, or by pages of everything (protocol section 4). */
export function createSync(deps: SyncDeps) {
  const { store, access, clock, meter, limits, declared, focusOf } = deps;
  const snapshots = createSharedSnapshot(store);

  async function sync(caller: Caller, request: StateSync, isPacked = false): Promise<SyncAck> {
    const cursor = request.cursor === undefined ? undefined : readCursor(request.cursor);
    const projectId = cursor?.projectId ?? projectOf(caller, request.projectId);
    access.require(caller.principal, "read", projectId);
    // Joined before reading: what is told meanwhile overlaps with what is read, and nothing falls between.
    deps.join(caller, projectId);
    const answer = await read(caller, projectId, { ...request, isPacked }, cursor);
    meter.count("syncs", { mode: "page" in answer ? "page" : answer.mode });
    return answer;
  }

  async function read(
    caller: Caller,
    projectId: string,
    request: StateSync & { readonly isPacked: boolean },
    cursor?: SyncCursor,
  ): Promise<SyncAck> {
    if (cursor !== undefined) return page(projectId, cursor.limit, cursor);
    const { since, limit } = request;
    const delta = since === undefined ? undefined : await store.delta(projectId, since);
    if (delta !== undefined) {
      const focus = focusOf(delta.registers[FOCUS_REGISTER], projectId, delta.position.epoch);
      const patching = caller.isOld ? "whole" : request.isPacked ? "packed" : "patched";
      return deltaAck(delta, patching, focus, clock.now());
    }
    return limit === undefined ? whole(projectId) : page(projectId, limit);
  }

  async function whole(projectId: string): Promise<SnapshotAck> {
    const most = limits.snapshotEntities;
    const { total } = await store.page(projectId, undefined, 1);
    if (total > most) {
      throw new Fault("PAYLOAD_TOO_LARGE", `More than ${most} entities: ask with a limit, in pages`, {
        details: { limit: most },
      });
    }
    const snapshot = await snapshots.read(projectId);
    const { epoch } = snapshot.position;
    return snapshotAck(
      snapshot,
      declared,
      focusOf(snapshot.registers[FOCUS_REGISTER], projectId, epoch),
      clock.now(),
    );
  }

  async function page(projectId: string, limit: number, cursor?: SyncCursor): Promise<SnapshotAck> {
    const read = await store.page(projectId, cursor?.after, limit);
    if (cursor === undefined && read.next === undefined) {
      const focus = focusOf(read.registers[FOCUS_REGISTER], projectId, read.position.epoch);
      return snapshotAck(read, declared, focus, clock.now());
    }
    const position = cursor?.position ?? read.position;
    const index = cursor === undefined ? 0 : cursor.index + 1;
    const total = Math.max(
      cursor?.total ?? Math.ceil(read.total / limit),
      index + (read.next === undefined ? 1 : 2),
    );
    const next =
      read.next === undefined
        ? {}
        : { cursor: writeCursor({ projectId, position, index, total, limit, after: read.next }) };
    const about: Page = { index, total, ...next };
    const entities = collectionsOf(read.entities, declared);
    const part = {
      mode: "snapshot",
      ...position,
      ...entities,
      serverTime: clock.now(),
      page: about,
    } as const;
    // Only the first page has `project` and `focus`: the type tells of whole snapshots and of first pages.
    return cursor === undefined
      ? { ...part, ...(await head(projectId, read)) }
      : (part as unknown as SnapshotAck);
  }

  async function head(projectId: string, read: StorePage): Promise<Pick<SnapshotAck, "project" | "focus">> {
    const project = await store.entity(projectId, "projects", projectId);
    const focus = focusOf(read.registers[FOCUS_REGISTER], projectId, read.position.epoch);
    // A project entity passed its schema when it was written.
    return { project: (project as SnapshotAck["project"] | undefined) ?? null, focus };
  }

  const handlers: Handlers<"state:sync"> = { "state:sync": (caller, request) => sync(caller, request) };

  return {
    handlers,
    told: snapshots.told,
    /** Answers the `sync` of a handshake as if it had been asked for, by event. */
    async handshake(caller: Caller, wanted: unknown): Promise<void> {
      try {
        const { since, limit, packed } = parseWith(handshakeSyncSchema, wanted);
        const request = {
          ...(since === undefined ? {} : { since }),
          ...(limit === undefined ? {} : { limit }),
        };
        const answer = await sync(caller, request, packed);
        caller.peer.send("state:synced", { success: true, ...answer });
      } catch (error) {
        caller.peer.send("state:synced", failureOf(deps.faultOf(error, "state:synced")));
      }
    },
  };
}
