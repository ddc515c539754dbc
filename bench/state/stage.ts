import { setTimeout as sleep } from "node:timers/promises";
import { act } from "../actor.ts";
import {
  type ContestantClient,
  type ContestantName,
  type ContestantServer,
  loadContestant,
} from "./contestant.ts";
import { type Edit, tasksOf } from "./tasks.ts";

/** What a reconnect took, seen by the client alone. */
export interface Caught {
  readonly elapsedMs: number;
  readonly cpuMs: number;
  /** By `process.hrtime.bigint()`, which all processes of a machine share. */
  readonly consistentAt: string;
}

/* One process of a contestant: its server or a client of it. */

const [name = "", role = ""] = process.argv.slice(2);
// The parent names one of them.
const contestant = await loadContestant(name as ContestantName);
const DEADLINE_MS = 60_000;

let server: ContestantServer;
let client: ContestantClient;
let changed = (): void => {};

/** Resolves at the first change after which `isSo` holds. */
function until(isSo: () => boolean, what: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${name}: ${what()}`)), DEADLINE_MS);
    changed = () => {
      if (!isSo()) return;
      changed = () => {};
      clearTimeout(late);
      resolve();
    };
    changed();
  });
}

const holds = (revs: readonly (readonly [string, number])[]): boolean =>
  revs.every(([id, rev]) => client.get(id)?.["rev"] === rev);

if (role === "server") {
  act({
    async serve(size: number) {
      server = await contestant.serve(tasksOf(size));
      return server.port;
    },
    edit: (edits: readonly Edit[]) => server.edit(edits),
    /** One edit after the other, `perSecond`, a few each 10 ms where that is more than a timer can. */
    async pace(edits: readonly Edit[], perSecond: number) {
      const step = Math.max(1, Math.round(perSecond / 100));
      for (let from = 0; from < edits.length; from += step) {
        const due = sleep((1_000 * step) / perSecond);
        for (const edit of edits.slice(from, from + step)) await server.edit([edit]);
        await due;
      }
    },
  });
} else {
  act({
    async connect(port: number, size: number) {
      client = await contestant.connect(port);
      client.onChange(() => changed());
      await until(
        () => client.size() === size,
        () => `${client.size()} of ${size} tasks`,
      );
    },
    beforeCut: () => client.beforeCut?.(),
    /** Processor time until the last of what is about to be told is here, milliseconds. */
    async listen(wanted: readonly (readonly [string, number])[]) {
      const cpu = process.cpuUsage();
      await until(
        () => holds(wanted),
        () => `did not hear of ${wanted.length} edits`,
      );
      await new Promise(setImmediate);
      const { user, system } = process.cpuUsage(cpu);
      return (user + system) / 1_000;
    },
    offline: () => client.offline(),
    /** @param wanted the last edit first: most changes are told apart by it */
    async online(wanted: readonly (readonly [string, number])[]): Promise<Caught> {
      const cpu = process.cpuUsage();
      const start = process.hrtime.bigint();
      const consistent = until(
        () => holds(wanted),
        () => `not consistent: ${JSON.stringify(client.get(wanted[0]?.[0] ?? ""))}`,
      );
      client.online();
      await consistent;
      const end = process.hrtime.bigint();
      await new Promise(setImmediate);
      const { user, system } = process.cpuUsage(cpu);
      return {
        elapsedMs: Number(end - start) / 1e6,
        cpuMs: (user + system) / 1_000,
        consistentAt: String(end),
      };
    },
  });
}
