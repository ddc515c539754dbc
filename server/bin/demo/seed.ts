import { Fault } from "../../core/fault.ts";
import type { Server } from "../../index.ts";

export const DEMO_PROJECT = "demo";
export const DEMO_SESSION = "shell";

type Seed = readonly [collection: string, id: string, value: Readonly<Record<string, unknown>>];

const ENTITIES: readonly Seed[] = [
  ["teamMembers", "ada", { name: "Ada", role: "keeps the shell" }],
  ["sessions", DEMO_SESSION, { name: "shell", status: "working", teamMemberId: "ada" }],
  ["sessions", "notes", { name: "notes" }],
  [
    "tasks",
    "reload",
    { title: "Reload this page: the same screen, without a second prompt", sessionIds: [DEMO_SESSION] },
  ],
  [
    "tasks",
    "type",
    { title: "Type echo $((6*7)) into the shell", status: "in_progress", sessionIds: [DEMO_SESSION] },
  ],
  ["tasks", "offline", { title: "Pull the plug, rename me, plug it in again" }],
  ["tasks", "kill", { title: "kill -9 the server and start it again", priority: "high" }],
  ["tasks", "second", { title: "Open a second page and edit from both" }],
  ["tasks", "install", { title: "Start Holdfast", status: "completed" }],
];

/** The sample project. The project itself comes last: where it is, the rest was made, and may have been removed since. */
const PROJECT: Seed = ["projects", DEMO_PROJECT, { name: "Demo" }];

/** Makes the sample project, once a store: what a user made of it is left alone. */
export async function seedDemo(server: Pick<Server, "mutate" | "entity">): Promise<void> {
  if ((await server.entity(DEMO_PROJECT, "projects", DEMO_PROJECT)) === undefined) {
    for (const seed of [...ENTITIES, PROJECT]) await create(server, seed);
    return;
  }
  await reviveSession(server);
}

async function create(server: Pick<Server, "mutate">, [collection, id, value]: Seed): Promise<void> {
  try {
    await server.mutate(DEMO_PROJECT, { op: "create", collection, id, value });
  } catch (error) {
    // Left from a start that was cut off.
    if (!(error instanceof Fault) || error.code !== "CONFLICT") throw error;
  }
}

/** A shell that was left with `exit` gets another: its session may not stay ended. */
async function reviveSession(server: Pick<Server, "mutate" | "entity">): Promise<void> {
  const session = await server.entity(DEMO_PROJECT, "sessions", DEMO_SESSION);
  const status = session?.["status"];
  if (session === undefined || (status !== "completed" && status !== "failed" && status !== "stopped"))
    return;
  await server.mutate(DEMO_PROJECT, {
    op: "merge",
    collection: "sessions",
    id: DEMO_SESSION,
    value: { status: "idle" },
  });
}
