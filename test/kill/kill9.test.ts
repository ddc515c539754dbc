import type { Socket } from "socket.io-client";
import { expect, it } from "vitest";
import { type CommandProcess, runCommand, scratchFolder } from "../bin/command-process.ts";
import { ask, connected } from "../gateway/running-server.ts";
import { randomFrom, seedOf } from "../store/seed.ts";
import { elapse } from "../support/elapse.ts";
import { PATIENCE_MS } from "../support/patience.ts";

const ROUNDS = 20;
const SOCKETS = 10;
/** 1,000 at once in all; a socket may send 500 in a burst. */
const MUTATIONS = 100;
/** The kill comes up to so long after the acknowledgement it is counted from: between two of them, too. */
const JITTER_MS = 4;

interface Ack {
  readonly success: boolean;
  readonly seq: number;
  readonly epoch: string;
  readonly result: { readonly id: string; readonly version: number };
  readonly replayed?: true;
}

interface Mutation {
  readonly mutationId: string;
  readonly op: "create" | "update";
  readonly collection: "tasks";
  readonly id: string;
}

const random = randomFrom(seedOf("kill -9 during 1,000 concurrent mutations"));

async function serve(folder: string): Promise<CommandProcess & { url: string }> {
  const server = runCommand(["serve", "--port", "0", "--store", folder]);
  return { ...server, url: (await server.firstLine()).replace("listening on ", "") };
}

/** What one client of a round sends: one task, edited by every second mutation; the others make tasks. */
function mutationsOf(clientId: string): Mutation[] {
  return Array.from({ length: MUTATIONS }, (_, index) => {
    const mutationId = `${clientId}:${index + 1}`;
    const common = { mutationId, collection: "tasks" } as const;
    const title = `${clientId} ${index}`;
    if (index % 2 === 0) {
      const id = index === 0 ? clientId : `${clientId}-${index}`;
      return { ...common, op: "create", id, value: { title } };
    }
    return {
      ...common,
      op: "update",
      id: clientId,
      patches: [{ op: "replace", path: ["title"], value: title }],
    };
  });
}

const clientsOf = (projectId: string): string[] =>
  Array.from({ length: SOCKETS }, (_, index) => `${projectId}.${index}`);

function connectAll(url: string, projectId: string): Promise<Socket[]> {
  return Promise.all(
    clientsOf(projectId).map(
      async (clientId) =>
        (await connected(url, "/ui", { auth: { projectId, clientId, protocol: 1 } })).socket,
    ),
  );
}

/** Sends everything at once and resolves with every acknowledgement. */
async function sendAll(
  sockets: readonly Socket[],
  mutations: readonly Mutation[][],
): Promise<Map<string, Ack>> {
  const acks = new Map<string, Ack>();
  await Promise.all(
    mutations.flatMap((own, index) =>
      own.map(async (mutation) => {
        acks.set(
          mutation.mutationId,
          await sockets[index]!.timeout(PATIENCE_MS).emitWithAck("mutate", mutation),
        );
      }),
    ),
  );
  return acks;
}

/** Sends everything at once, kills the server when `count` were acknowledged, and returns those that were. */
async function sendAndKill(
  server: CommandProcess,
  sockets: readonly Socket[],
  mutations: readonly Mutation[][],
  count: number,
): Promise<Map<string, Ack>> {
  const acks = new Map<string, Ack>();
  await new Promise<void>((resolve) => {
    for (const [index, own] of mutations.entries()) {
      for (const mutation of own) {
        sockets[index]!.emit("mutate", mutation, (ack: Ack) => {
          acks.set(mutation.mutationId, ack);
          if (acks.size === count) resolve();
        });
      }
    }
    if (count === 0) resolve();
  });
  await elapse(random() * JITTER_MS);
  server.child.kill("SIGKILL");
  await server.finished();
  for (const socket of sockets) socket.disconnect();
  return acks;
}

const firstAnswer = ({ replayed: _, ...answer }: Ack): Omit<Ack, "replayed"> => answer;

it(`loses nothing acknowledged and applies nothing twice, ${ROUNDS} times`, {
  timeout: ROUNDS * PATIENCE_MS,
}, async () => {
  const folder = await scratchFolder();
  let server = await serve(folder);
  const inFlight: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const projectId = `round-${round}`;
    const mutations = clientsOf(projectId).map(mutationsOf);
    const total = SOCKETS * MUTATIONS;
    const sockets = await connectAll(server.url, projectId);
    const before = await sendAndKill(server, sockets, mutations, Math.floor(random() * total));
    inFlight.push(total - before.size);
    expect([...before.values()].filter(({ success }) => !success)).toEqual([]);

    server = await serve(folder);
    const kept = (await ask(`${server.url}/api/tasks?projectId=${projectId}`)).json<{
      items: { id: string; version: number }[];
      seq: number;
    }>();
    const versions = new Map(kept.items.map(({ id, version }) => [id, version]));
    const lost = [...before.values()].filter(
      ({ seq, result }) => seq > kept.seq || (versions.get(result.id) ?? 0) < result.version,
    );
    expect(lost).toEqual([]);

    const again = await connectAll(server.url, projectId);
    const after = await sendAll(again, mutations);
    for (const [mutationId, ack] of before) {
      expect(after.get(mutationId)).toEqual({ ...ack, replayed: true });
    }
    // What was stored and never acknowledged is replayed too; only the rest is applied now.
    const replayed = [...after.values()].filter((ack) => ack.replayed === true);
    expect(replayed).toHaveLength(kept.seq);
    const numbers = [...after.values()].map(({ seq }) => seq).sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: total }, (_, index) => index + 1));

    const third = await sendAll(again, mutations);
    for (const [mutationId, ack] of after) {
      expect(third.get(mutationId)).toEqual({ ...firstAnswer(ack), replayed: true });
    }
    const end = (await ask(`${server.url}/api/tasks?projectId=${projectId}`)).json<typeof kept>();
    expect(end.seq).toBe(total);
    expect(end.items).toHaveLength(total / 2);
    for (const { id, version } of end.items) {
      const isEdited = clientsOf(projectId).includes(id);
      expect({ id, version }).toEqual({ id, version: isEdited ? 1 + MUTATIONS / 2 : 1 });
    }
    for (const socket of again) socket.disconnect();
  }
  // A kill that always came too early or too late would prove nothing.
  expect(inFlight.filter((count) => count > 0 && count < SOCKETS * MUTATIONS).length).toBeGreaterThan(
    ROUNDS / 2,
  );
});
