import type { Change, Entity, Envelope } from "../../../sdk/protocol/index.ts";
import type { CommittedEvent, Decision, NewAnswer, Notice, View, Write } from "../../store/store.ts";
import { Fault } from "../fault.ts";
import type { Limits } from "../limits.ts";
import { changeOf } from "./change-of.ts";
import { derive } from "./derive.ts";
import { isLargerThan } from "./entity-size.ts";
import { type Fields, ownFields } from "./fields.ts";
import type { Kind } from "./kinds.ts";

export interface DraftOptions {
  readonly now: number;
  readonly limits: Limits;
  /** Stands in every event of the mutation. */
  readonly mutationId?: string;
}

/** Why an entity changes, where its events say so. */
export interface Because {
  readonly reason?: string;
}

/**
 * A change of one project while it is being decided: reads through to the view, collects writes, numbers events.
 * Pure: nothing happens until the store applies the decision.
 */
export class Draft {
  readonly view: View;
  readonly now: number;
  readonly limits: Limits;
  readonly #mutationId: string | undefined;
  readonly #writes = new Map<string, Write>();
  readonly #events: CommittedEvent[] = [];
  readonly #notices: Notice[] = [];
  #registers: Record<string, unknown> | undefined;
  #clear: { readonly epoch: string } | undefined;
  #added = 0;

  constructor(view: View, options: DraftOptions) {
    this.view = view;
    this.now = options.now;
    this.limits = options.limits;
    this.#mutationId = options.mutationId;
  }

  /** Seq of the last event so far; the head's while there is none. */
  get seq(): number {
    return this.view.head.seq + this.#events.length;
  }

  entity(collection: string, id: string): Entity | undefined {
    const write = this.#writes.get(`${collection} ${id}`);
    return write === undefined ? this.view.entity(collection, id) : (write.entity ?? undefined);
  }

  register(name: string): unknown {
    return this.#registers !== undefined && Object.hasOwn(this.#registers, name)
      ? this.#registers[name]
      : this.view.register(name);
  }

  setRegister(name: string, value: unknown): void {
    this.#registers ??= {};
    this.#registers[name] = value;
  }

  /** A message without a seq, in order with the events. */
  notice(event: string, payload: unknown): void {
    this.#notices.push({ event, payload });
  }

  /** An event that no entity's change tells. */
  emit(event: string, data: unknown, sessionId?: string): void {
    this.#push(event, data, sessionId);
  }

  /** @throws Fault `CONFLICT` when the project is full, `PAYLOAD_TOO_LARGE` */
  create(kind: Kind, id: string, fields: Fields): Entity {
    const limit = this.limits.entitiesPerProject;
    if (this.view.count() + this.#added >= limit) {
      throw new Fault("CONFLICT", `A project holds at most ${limit} entities`, { details: { limit } });
    }
    const { projectId } = this.view;
    const scope = kind.collection === "projects" ? {} : { projectId };
    const stamp = { version: 1, seq: this.seq + 1, createdAt: this.now, updatedAt: this.now };
    const entity: Entity = { id, ...scope, ...ownFields(fields), ...stamp };
    this.#added += 1;
    this.#write(kind, entity, entity, kind.created);
    this.#derive(kind, undefined, entity, {});
    return entity;
  }

  /** Puts other fields in place of an entity's; `undefined` when that changes nothing. */
  edit(kind: Kind, before: Entity, fields: Fields, because: Because = {}): Entity | undefined {
    const after = this.#next(before, fields);
    const change = changeOf(before, after);
    if (isOnlyStamp(change)) return undefined;
    this.#write(kind, after, after, kind.updated, change);
    this.#derive(kind, before, after, because);
    return after;
  }

  /** Removes an entity; its event carries the last value with a version of its own. */
  remove(kind: Kind, before: Entity): Entity {
    const last = this.#next(before, ownFields(before));
    this.#write(kind, last, null, kind.deleted);
    return last;
  }

  /** Everything of the project goes, after the events so far. */
  clear(epoch: string): void {
    this.#clear = { epoch };
  }

  decide<T>(result: T, answer?: NewAnswer): Decision<T> {
    return {
      result,
      writes: [...this.#writes.values()],
      events: this.#events,
      notices: this.#notices,
      ...(this.#registers === undefined ? {} : { registers: this.#registers }),
      ...(this.#clear === undefined ? {} : { clear: this.#clear }),
      ...(answer === undefined ? {} : { answer }),
    };
  }

  #next(before: Entity, fields: Fields): Entity {
    const { id, projectId, version, createdAt } = before;
    const scope = projectId === undefined ? {} : { projectId };
    const stamp = { version: version + 1, seq: this.seq + 1, createdAt, updatedAt: this.now };
    return { id, ...scope, ...fields, ...stamp };
  }

  #write(kind: Kind, told: Entity, entity: Entity | null, event: string, change?: Change): void {
    const maxBytes = this.limits.entityBytes;
    if (entity !== null && isLargerThan(entity, maxBytes)) {
      throw new Fault("PAYLOAD_TOO_LARGE", `An entity holds at most ${maxBytes} bytes`, {
        details: { limit: maxBytes },
      });
    }
    const key = `${kind.collection} ${told.id}`;
    if (this.#writes.has(key)) throw new Error(`${key} is written twice in one change`);
    const seq = this.seq + 1;
    this.#writes.set(key, {
      collection: kind.collection,
      id: told.id,
      entity,
      seq,
      ...(change === undefined ? {} : { change }),
    });
    this.#push(event, told, sessionOf(kind, told), change);
  }

  #derive(kind: Kind, before: Entity | undefined, after: Entity, because: Because): void {
    for (const { event, data, sessionId } of derive(kind.collection, before, after, because.reason)) {
      this.#push(event, data, sessionId);
    }
  }

  #push(event: string, data: unknown, sessionId: string | undefined, change?: Change): void {
    const { projectId, head } = this.view;
    const envelope: Envelope = {
      type: event,
      event,
      data,
      timestamp: this.now,
      projectId,
      ...(sessionId === undefined ? {} : { sessionId }),
      seq: this.seq + 1,
      epoch: head.epoch,
      ...(this.#mutationId === undefined ? {} : { mutationId: this.#mutationId }),
    };
    this.#events.push(change === undefined ? { envelope } : { envelope, change });
  }
}

/** The session an entity's own event is about: its room hears it. */
function sessionOf(kind: Kind, entity: Entity): string | undefined {
  if (kind.collection === "sessions") return entity.id;
  if (kind.collection !== "mail") return undefined;
  const to = entity["toSessionId"];
  return typeof to === "string" ? to : undefined;
}

/** Whether nothing but the server's own stamp differs. */
function isOnlyStamp(change: Change): boolean {
  if (change.unset !== undefined) return false;
  return Object.keys(change.set).every((name) => name === "seq" || name === "updatedAt");
}
