import { existsSync } from "node:fs";
import { type Actor, startActor } from "../actor.ts";
import { figure, median, type Reach, report, spread, type Table } from "../report.ts";
import { WRITERS, type WriterName } from "./writer.ts";

/*
 * What one edit costs until a subscriber has seen it: an own edit, shown before any server knows of it, and somebody
 * else's, with none and with a hundred own edits pending. Each contender is a process of its own; they take turns of a
 * few edits, so that what disturbs one disturbs all.
 */

const SIZES = [1_000, 10_000, 50_000];
const ROUNDS = 60;
const WARM = 20;
const PER_TURN = 50;
/** Of a contender whose one edit takes milliseconds. */
const PER_SLOW_TURN = 5;
const PENDING = 100;
/** What a row says beside its contender. */
const APART = `, ${PENDING} pending of other tasks`;
const HIT = `, ${PENDING} pending, one edit in ten of their tasks`;
// A key begins with one of the names.
const nameIn = (key: string): WriterName => key.replace(APART, "").replace(HIT, "") as WriterName;

const hasPeers = existsSync(new URL("../peers/node_modules", import.meta.url));
// The keys are the names.
const names = (Object.keys(WRITERS) as WriterName[]).filter(
  (name) => hasPeers || !WRITERS[name].module.includes("/peers/"),
);

type Results = Map<string, number[]>;

async function withActors<T>(
  which: readonly string[],
  size: number,
  run: (actors: ReadonlyMap<string, Actor>) => Promise<T>,
): Promise<T> {
  const actors = new Map<string, Actor>();
  try {
    for (const key of which) {
      const name = nameIn(key);
      const actor = startActor(new URL("./writing.ts", import.meta.url), [name, String(size)]);
      actors.set(key, actor);
      await actor.ask("open");
      if (key !== name) await actor.ask("pend", PENDING);
    }
    return await run(actors);
  } finally {
    for (const actor of actors.values()) actor.end();
  }
}

/** Microseconds an edit, of each turn. */
async function takeTurns(actors: ReadonlyMap<string, Actor>, what: "edit" | "hear"): Promise<Results> {
  const results: Results = new Map([...actors.keys()].map((key) => [key, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [key, actor] of actors) {
      const isSlow = WRITERS[nameIn(key)].isSlow;
      if (isSlow && round >= 8) continue;
      const us = await actor.ask<number>(what, isSlow ? PER_SLOW_TURN : PER_TURN, key.endsWith(HIT));
      if (round >= (isSlow ? 3 : WARM)) results.get(key)?.push(us);
    }
  }
  return results;
}

async function own(): Promise<Table> {
  const bySize = new Map<number, Results>();
  for (const size of SIZES)
    bySize.set(size, await withActors(names, size, (actors) => takeTurns(actors, "edit")));
  const us = (size: number, name: string): number[] => bySize.get(size)?.get(name) ?? [];
  const ours = SIZES.map((size) => median(us(size, "holdfast")));
  return {
    title: "One own edit until a subscriber has seen it, µs",
    columns: ["", ...SIZES.map((size) => `${figure(size)} tasks`)],
    rows: names.map((name) => [name, ...SIZES.map((size) => spread(us(size, name)))]),
    reaches: [
      ...SIZES.map((size, index): Reach => {
        const value = (ours[index] ?? Number.NaN) / median(us(size, "floor"));
        return { what: `${figure(size)} tasks, of the floor`, value, atMost: 2, unit: "×" };
      }),
      {
        what: "dearest of cheapest size",
        value: Math.max(...ours) / Math.min(...ours),
        atMost: 2,
        unit: "×",
      },
    ],
  };
}

async function others(): Promise<Table> {
  const which = names.filter((name) => WRITERS[name].hears);
  const keys = which.flatMap((name) => [name, `${name}${APART}`, `${name}${HIT}`]);
  const bySize = new Map<number, Results>();
  for (const size of SIZES)
    bySize.set(size, await withActors(keys, size, (actors) => takeTurns(actors, "hear")));
  const us = (size: number, key: string): number[] => bySize.get(size)?.get(key) ?? [];
  return {
    title: "One remote edit until a subscriber has seen it, µs",
    columns: ["", ...SIZES.map((size) => `${figure(size)} tasks`)],
    rows: keys.map((key) => [key, ...SIZES.map((size) => spread(us(size, key)))]),
    reaches: SIZES.flatMap((size) =>
      [APART, HIT].map((mark): Reach => {
        const value = median(us(size, `holdfast${mark}`)) / median(us(size, "holdfast"));
        return { what: `${figure(size)} tasks${mark}, of none pending`, value, atMost: 1.25, unit: "×" };
      }),
    ),
  };
}

report("optimistic", [await own(), await others()]);
