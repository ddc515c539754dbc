import { createClient } from "../../../sdk/client.ts";
import { isHoldfastError } from "../../../sdk/errors.ts";
import type { Task } from "../../../sdk/protocol/index.ts";

/** What a client was promised. */
export interface Written {
  /** Tasks whose making was acknowledged. */
  readonly made: ReadonlySet<string>;
  /** Its own task, edited over and over: how often that was asked for, and acknowledged. */
  readonly counter: { readonly id: string; readonly asked: number; readonly acknowledged: number };
  readonly failures: readonly unknown[];
}

export interface Writer {
  readonly client: ReturnType<typeof createClient>;
  readonly written: Written;
  /** Begins nothing more, and waits until all it began has been answered. */
  stop(): Promise<void>;
}

/** Not so long that a server that is back is not used. */
export const TIMINGS = { backoffBaseMs: 100, backoffCapMs: 500, connectMs: 2_000, connectCapMs: 2_000 };

/** A client of the SDK, as an application makes it. */
export function openReader(url: string, projectId: string, onError: (error: unknown) => void) {
  const client = createClient({ url, projectId, onError, timings: TIMINGS });
  client.connect().catch(onError);
  return client;
}

/** A client that makes tasks, and edits one of its own, one after the other, for as long as it may. */
export function startWriter(url: string, projectId: string, name: string, mayLose: boolean): Writer {
  const failures: unknown[] = [];
  const client = openReader(url, projectId, (error) => failures.push(error));
  const made = new Set<string>();
  const counter = { id: `${name}-counter`, asked: 0, acknowledged: 0 };
  let n = 0;
  let isOver = false;

  async function run(): Promise<void> {
    for (;;) {
      try {
        await write();
        return;
      } catch (error) {
        if (!mayLose || !isHoldfastError(error) || error.code !== "NOT_FOUND") throw error;
        // Redis forgot the task that is edited: a new one begins.
        counter.asked = 0;
        counter.acknowledged = 0;
      }
    }
  }

  async function write(): Promise<void> {
    await client.tasks.create({ id: counter.id, title: "0" }).acknowledged;
    while (!isOver) {
      n += 1;
      const id = `${name}-${n}`;
      const making = client.tasks.create({ id, title: id });
      counter.asked += 1;
      const title = String(counter.asked);
      const editing = client.tasks.update(counter.id, (draft) => {
        draft.title = title;
      });
      await making.acknowledged;
      made.add(id);
      await editing.acknowledged;
      counter.acknowledged += 1;
    }
  }

  const running = run().catch((error: unknown) => void failures.push(error));
  return {
    client,
    written: { made, counter, failures },
    async stop() {
      isOver = true;
      await running;
    },
  };
}

export type TaskState = Pick<Task, "id" | "title" | "version">;
