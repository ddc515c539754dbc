import { createFloor } from "../optimistic.ts";
import type { CreateWriter } from "./writer.ts";

export const createWriter: CreateWriter = (entities, seen, send) => {
  const floor = createFloor("floor", entities, seen, send);
  return { ...floor, remote: (id, title) => () => floor.remote(id, title) };
};
