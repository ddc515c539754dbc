import { produce } from "immer";
import type { Entity } from "../../sdk/protocol/index.ts";
import type { CreateWriter } from "./writer.ts";

/** A store as tutorials have it: one record of all tasks, a new one with each edit. */
export const createWriter: CreateWriter = (entities, seen, send) => {
  let tasks: Readonly<Record<string, Entity>> = Object.fromEntries(entities.map((task) => [task.id, task]));
  const listeners = new Set([
    (id: string): void => {
      if (tasks[id]?.["title"] !== undefined) seen();
    },
  ]);
  const set = (id: string, title: string): void => {
    tasks = produce(tasks, (draft) => {
      const task = draft[id];
      if (task !== undefined) Object.assign(task, { title });
    });
    for (const listener of listeners) listener(id);
  };
  return {
    edit(id, title) {
      send(JSON.stringify({ id, set: { title } }));
      set(id, title);
    },
    remote: (id, title) => () => set(id, title),
    drain() {},
  };
};
