import { type Actor, startActor } from "../actor.ts";
import { figure, median, type Reach, report, spread, type Table } from "../report.ts";
import { LISTENERS } from "./contestant.ts";
import { editsOf, lastRevs } from "./tasks.ts";

/*
 * What a live event costs a client, from the socket to a subscriber, in processor time: ours beside two bare
 * socket.io-clients that write a Map. All hear the same edits of one server at the same time, each in a process of its
 * own.
 */

const SIZE = 1_000;
const RATES = [20, 100, 400];
const SECONDS = 4;
const ROUNDS = 5;
const STAGE = new URL("./stage.ts", import.meta.url);
const names = Object.keys(LISTENERS);

async function measure(server: Actor, clients: ReadonlyMap<string, Actor>): Promise<Map<string, number[]>> {
  const results = new Map<string, number[]>();
  let rev = 1;
  for (let round = 0; round <= ROUNDS; round++) {
    for (const rate of RATES) {
      const edits = editsOf(SIZE, rate * SECONDS, rev);
      rev += edits.length;
      const wanted = Object.entries(lastRevs(edits)).sort(([, a], [, b]) => b - a);
      const heard = [...clients].map(async ([name, client]) => {
        const cpuMs = await client.ask<number>("listen", wanted);
        const key = `${name} ${rate}`;
        // The first round only warms the compiler up.
        if (round > 0) results.set(key, [...(results.get(key) ?? []), (cpuMs * 1_000) / edits.length]);
      });
      await server.ask("pace", edits, rate);
      await Promise.all(heard);
    }
  }
  return results;
}

const actors: Actor[] = [];
const start = (name: string, role: string): Actor => {
  const actor = startActor(STAGE, [name, role]);
  actors.push(actor);
  return actor;
};
try {
  const server = start("holdfast", "server");
  const port = await server.ask<number>("serve", SIZE);
  const clients = new Map(names.map((name) => [name, start(name, "client")]));
  for (const client of clients.values()) await client.ask("connect", port, SIZE);
  const results = await measure(server, clients);
  const us = (name: string, rate: number): number[] => results.get(`${name} ${rate}`) ?? [];
  const reaches = RATES.flatMap((rate) =>
    names
      .filter((name) => name !== "holdfast")
      .map((name): Reach => {
        const value = median(us("holdfast", rate)) / median(us(name, rate));
        return { what: `${rate}/s, of ${name}`, value, atMost: 1.3, unit: "×" };
      }),
  );
  const table: Table = {
    title: `A live event from socket to subscriber, ${figure(SIZE)} tasks, µs of the client's processor`,
    columns: ["", ...RATES.map((rate) => `${rate}/s`)],
    rows: names.map((name) => [name, ...RATES.map((rate) => spread(us(name, rate)))]),
    reaches,
  };
  report("live-event", [table]);
} finally {
  for (const actor of actors) actor.end();
}
