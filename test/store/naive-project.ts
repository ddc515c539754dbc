import type { Entity, Envelope, Position } from "../../sdk/protocol/index.ts";
import type { Decision, Retention, View } from "../../server/store/store.ts";

interface ToldChange {
  readonly key: string;
  readonly seq: number;
}

/** A project as anyone would write it who need not be quick: everything that ever happened, and what follows from it. */
export class NaiveProject {
  epoch: string;
  seq = 0;
  readonly entities = new Map<string, Entity>();
  registers: Record<string, unknown> = {};
  readonly #id: string;
  readonly #retention: Retention;
  #removals: number[] = [];
  #events: Envelope[] = [];
  /** Updates that said what changed, and every other write, in order. */
  #told: ToldChange[] = [];
  #untold: ToldChange[] = [];

  constructor(id: string, epoch: string, retention: Retention) {
    this.#id = id;
    this.epoch = epoch;
    this.#retention = retention;
  }

  get position(): Position {
    return { epoch: this.epoch, seq: this.seq };
  }

  /** Runs a decision on this project, as far as decisions of these tests look. */
  apply<T>(decide: (view: View) => Decision<T>): T {
    const none = (): never => {
      throw new Error("the model has no such thing");
    };
    const decision = decide({
      projectId: this.#id,
      head: this.position,
      entity: (collection, id) => this.entities.get(`${collection}/${id}`),
      count: none,
      oldest: none,
      claimsOf: none,
      projectOfSession: none,
      answer: none,
      highest: none,
      register: none,
    });
    for (const { collection, id, entity, seq, change } of decision.writes ?? []) {
      const key = `${collection}/${id}`;
      const isUpdate = this.entities.has(key) && entity !== null;
      if (entity === null && this.entities.delete(key)) this.#removals.push(seq);
      if (entity !== null) this.entities.set(key, entity);
      (isUpdate && change !== undefined ? this.#told : this.#untold).push({ key, seq });
    }
    for (const { envelope } of decision.events ?? []) {
      if (/^(notify:|session:modal)/.test(envelope.event)) this.#events.push(envelope);
    }
    this.seq += decision.events?.length ?? 0;
    if (decision.clear !== undefined) this.#startAnew(decision.clear.epoch);
    this.registers = Object.fromEntries(
      Object.entries({ ...this.registers, ...decision.registers }).filter(([, value]) => value !== undefined),
    );
    return decision.result;
  }

  /** Whether a delta from there is owed. */
  hasDelta({ epoch, seq }: Position): boolean {
    const forgotten = this.#removals.slice(
      0,
      Math.max(0, this.#removals.length - this.#retention.removalsKept),
    );
    return epoch === this.epoch && seq <= this.seq && seq >= (forgotten.at(-1) ?? 0);
  }

  /** Keys of the entities changed after `from`, in the order of their last change. */
  changedAfter(from: number): string[] {
    return [...this.entities]
      .filter(([, entity]) => entity.seq > from)
      .sort(([, a], [, b]) => a.seq - b.seq)
      .map(([key]) => key);
  }

  /** Keys of entities that were there at `from` and of which every change since is kept. */
  patchableAfter(from: number, there: ReadonlyMap<string, Entity>): string[] {
    const kept = this.#told.slice(-this.#retention.changesKept);
    return this.changedAfter(from).filter((key) => {
      const isOf = (change: ToldChange): boolean => change.key === key && change.seq > from;
      return (
        there.has(key) &&
        !this.#untold.some(isOf) &&
        this.#told.filter(isOf).every((change) => kept.includes(change))
      );
    });
  }

  eventsAfter(from: number): { readonly events: readonly Envelope[]; readonly lost: number } {
    const missed = this.#events.filter(({ seq }) => (seq ?? 0) > from);
    const events = missed.slice(-this.#retention.eventsKept);
    return { events, lost: missed.length - events.length };
  }

  #startAnew(epoch: string): void {
    this.epoch = epoch;
    this.seq = 0;
    this.entities.clear();
    this.registers = {};
    this.#removals = [];
    this.#events = [];
    this.#told = [];
    this.#untold = [];
  }
}
