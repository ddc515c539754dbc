import { io } from "socket.io-client";
import type { Envelope, Task } from "../../sdk/protocol/index.ts";
import { PATIENCE_MS } from "../support/patience.ts";

/** A bare socket.io-client beside the pages, never cut off: what it heard is what the server told everybody. */
export interface Witness {
  /** `id=title` of every `task:created` and `task:updated`, in the order of the server. */
  readonly heard: readonly string[];
  /** One of each of them. */
  readonly mutationIds: readonly string[];
  version(id: string): number | undefined;
  /** Another user's edit; resolves when the server has it. */
  write(id: string, title: string): Promise<void>;
  close(): void;
}

export async function openWitness(url: string): Promise<Witness> {
  const socket = io(`${url}/ui`, { transports: ["websocket"], auth: { projectId: "p1" }, forceNew: true });
  const heard: string[] = [];
  const mutationIds: string[] = [];
  const versions = new Map<string, number>();
  for (const event of ["task:created", "task:updated"]) {
    socket.on(event, ({ data, mutationId = "" }: Envelope<Task>) => {
      heard.push(`${data.id}=${data.title}`);
      mutationIds.push(mutationId);
      versions.set(data.id, data.version);
    });
  }
  await socket.timeout(PATIENCE_MS).emitWithAck("state:sync", {});
  let n = 0;
  return {
    heard,
    mutationIds,
    version: (id) => versions.get(id),
    async write(id, title) {
      n += 1;
      const change = versions.has(id)
        ? { op: "update", patches: [{ op: "replace", path: ["title"], value: title }] }
        : { op: "create", value: { title } };
      const mutation = { mutationId: `witness:${n}`, collection: "tasks", id, ...change };
      const ack: unknown = await socket.timeout(PATIENCE_MS).emitWithAck("mutate", mutation);
      const { success } = ack as { success: boolean };
      if (!success) throw new Error(`refused: ${JSON.stringify(ack)}`);
    },
    close: () => void socket.disconnect(),
  };
}
