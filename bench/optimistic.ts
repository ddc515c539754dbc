import { type WebSocket, WebSocketServer } from "ws";
import type { Link } from "../sdk/connection/link.ts";
import { createMutations } from "../sdk/mutations/index.ts";
import type { Entity } from "../sdk/protocol/index.ts";
import { createStore } from "../sdk/store/index.ts";

/**
 * What one edit costs until a subscriber has seen it, beside a floor that does the least anybody could: a mutable map
 * of entities, a map of what is shown on top, callbacks, and the frame on a socket. All run in turns in one process, so
 * that only ratios mean something.
 */

/** A task of about 193 bytes as JSON. */
export function aTask(index: number): Entity {
  const id = `task-${String(index).padStart(6, "0")}`;
  const about = { createdAt: 1_700_000_000_000 + index, updatedAt: 1_700_000_000_000, version: 1, seq: 1 };
  return {
    id,
    projectId: "p1",
    title: `Task number ${index}`,
    status: "todo",
    priority: 3,
    note: "some words",
    ...about,
  };
}

type Send = (text: string | Uint8Array) => void;

/** One way of doing it, as the bench drives it. */
interface Contender {
  readonly name: string;
  /** Edits one entity; its subscribers have seen it when this returns. */
  edit(id: string, title: string): void;
  /** Somebody else's edit arrives. */
  remote(id: string, title: string): void;
  /** Takes the pending edits as confirmed by the server. Not measured. */
  drain(): void;
}

/** @param send `undefined`: nothing is sent, and no frame made */
export function createFloor(
  name: string,
  entities: readonly Entity[],
  seen: () => void,
  send?: Send,
): Contender {
  const base = new Map(entities.map((entity) => [entity.id, entity]));
  const overlay = new Map<string, Entity>();
  const pending = new Map<string, { readonly id: string; readonly set: object }[]>();
  const look = (id: string): void => {
    if ((overlay.get(id) ?? base.get(id))?.["title"] !== undefined) seen();
  };
  const listeners = new Set([look]);
  let n = 0;
  const show = (id: string): void => {
    let entity = base.get(id);
    if (entity === undefined) return;
    const own = pending.get(id);
    if (own === undefined) overlay.delete(id);
    else {
      for (const { set } of own) entity = { ...entity, ...set };
      overlay.set(id, entity);
    }
    for (const listener of listeners) listener(id);
  };
  return {
    name,
    edit(id, title) {
      const set = { title };
      const own = pending.get(id);
      if (own === undefined) pending.set(id, [{ id, set }]);
      else own.push({ id, set });
      n += 1;
      send?.(JSON.stringify({ n, id, set }));
      show(id);
    },
    remote(id, title) {
      const entity = base.get(id);
      if (entity !== undefined) base.set(id, { ...entity, title, version: entity.version + 1 });
      show(id);
    },
    drain() {
      for (const [id, own] of pending) {
        const entity = base.get(id);
        if (entity !== undefined) base.set(id, Object.assign({}, entity, ...own.map(({ set }) => set)));
      }
      pending.clear();
      overlay.clear();
    },
  };
}

export function createHoldfast(
  name: string,
  entities: readonly Entity[],
  seen: () => void,
  send: Send,
): Contender {
  const store = createStore({ projectId: "p1", onError: console.error });
  const link: Link = {
    up: { status: "connected" } as Link["up"],
    send: () => false,
    request(event, payload) {
      send(JSON.stringify([event, payload]));
      return new Promise(() => {});
    },
    on: () => () => {},
    onAny: () => () => {},
    onUp: () => () => {},
    onDown: () => () => {},
  };
  const mutations = createMutations({
    link,
    store,
    clientId: "bench",
    createId: () => "made",
    now: Date.now,
    random: Math.random,
    schedule: () => () => {},
    onError: console.error,
    maxInFlight: 10_000,
    expect() {},
    trace() {},
    sender: () => "ui:local",
    collections: {},
  });
  const { tasks } = mutations;
  mutations.resume?.();
  let seq = 1;
  const commit = (entity: Entity, mutationId?: string): void => {
    seq += 1;
    const { id } = entity;
    const confirmed =
      mutationId === undefined ? [] : [{ mutationId, collection: "tasks", id, result: entity }];
    store.commit({
      base: new Map([["tasks", new Map([[id, entity]])]]),
      confirmed,
      position: { epoch: "e", seq },
    });
  };
  const base = new Map([["tasks", new Map(entities.map((entity) => [entity.id, entity]))]]);
  store.commit({ base, position: { epoch: "e", seq } });
  let last = "";
  tasks.subscribe(() => {
    if (tasks.get(last)?.title !== undefined) seen();
  });
  const made: { readonly id: string; readonly entityId: string }[] = [];
  return {
    name,
    edit(id, title) {
      last = id;
      const mutation = tasks.update(id, (draft) => {
        draft.title = title;
      });
      made.push(mutation);
    },
    remote(id, title) {
      const entity = store.base("tasks", id);
      last = id;
      if (entity !== undefined) commit({ ...entity, title, version: entity.version + 1, seq: seq + 1 });
    },
    drain() {
      for (const { id, entityId } of made.splice(0)) {
        const entity = tasks.get(entityId);
        if (entity !== undefined) commit({ ...entity, version: entity.version + 1, seq: seq + 1 }, id);
      }
    },
  };
}

/** Microseconds of a step by contender, and what each is of the first. */
export interface Comparison {
  readonly name: string;
  readonly tasks: number;
  readonly contenders: readonly { readonly name: string; readonly us: number; readonly ratio: number }[];
}

const ROUNDS = 200;
const PER_ROUND = 50;

/** Of the rounds after the compiler's, the lower quarter's end: what the machine does when it is left alone. */
const typical = (values: number[]): number => {
  const warm = values.slice(values.length / 4).sort((a, b) => a - b);
  return warm[warm.length >> 2] ?? 0;
};

async function measure(
  contenders: readonly Contender[],
  step: (contender: Contender, n: number) => void,
  drain: boolean,
): Promise<number[]> {
  const rounds = contenders.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, contender] of contenders.entries()) {
      const start = performance.now();
      for (let n = 0; n < PER_ROUND; n++) step(contender, round * PER_ROUND + n);
      rounds[index]?.push(((performance.now() - start) * 1_000) / PER_ROUND);
      // What is left for the end of the task, sending among it, is not what the user waits for; sockets get their turn.
      await new Promise((resolve) => setImmediate(resolve));
      if (drain) contender.drain();
    }
  }
  return rounds.map(typical);
}

/** The comparisons of one project size. */
export async function compare(size: number, send: Send): Promise<readonly Comparison[]> {
  let count = 0;
  const seen = (): void => {
    count += 1;
  };
  const entities = Array.from({ length: size }, (_, index) => aTask(index));
  const idOf = (n: number): string => entities[(n * 7_919) % size]?.id ?? "";
  const result = (name: string, contenders: readonly Contender[], us: readonly number[]): Comparison => ({
    name,
    tasks: size,
    contenders: contenders.map((contender, index) => ({
      name: contender.name,
      us: us[index] ?? 0,
      ratio: (us[index] ?? 0) / (us[0] ?? 1),
    })),
  });

  const editing = [
    createFloor("floor, sent on ws", entities, seen, send),
    createFloor("floor, not sent", entities, seen),
    createHoldfast("holdfast", entities, seen, send),
  ];
  const edit = await measure(editing, (contender, n) => contender.edit(idOf(n), `t${n}`), true);

  // A hundred pending edits, while what arrives is about other tasks and, one time in ten, about theirs.
  const hearing = [
    createHoldfast("holdfast, none pending", entities, seen, send),
    createHoldfast("holdfast, 100 pending", entities, seen, send),
    createFloor("floor, none pending", entities, seen),
    createFloor("floor, 100 pending", entities, seen),
  ];
  const mine = Array.from({ length: 100 }, (_, index) => idOf(index));
  for (const contender of [hearing[1], hearing[3]]) {
    for (const [index, id] of mine.entries()) contender?.edit(id, `p${index}`);
  }
  const arrive = (contender: Contender, n: number): void =>
    contender.remote(n % 10 === 0 ? (mine[n % 100] ?? "") : idOf(n), `r${n}`);
  const remote = await measure(hearing, arrive, false);
  if (count === 0) throw new Error("nobody saw anything");
  return [
    result("one optimistic edit, seen by a subscriber", editing, edit),
    result("one remote edit, seen by a subscriber", hearing, remote),
  ];
}

/** Runs with a socket to a server that throws everything away. */
export async function withSink<T>(run: (send: Send) => Promise<T>): Promise<T> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  const { WebSocket: Socket } = await import("ws");
  const socket: WebSocket = new Socket(`ws://127.0.0.1:${port}`);
  await new Promise((resolve) => socket.once("open", resolve));
  try {
    return await run((text) => socket.send(text));
  } finally {
    socket.terminate();
    server.close();
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  await withSink(async (send) => {
    for (const size of [1_000, 10_000, 50_000]) {
      for (const { name, contenders } of await compare(size, send)) {
        console.log(`${size} tasks: ${name}`);
        for (const one of contenders)
          console.log(`  ${one.name.padEnd(24)} ${one.us.toFixed(2)} µs  ${one.ratio.toFixed(2)}x`);
      }
    }
  });
}
