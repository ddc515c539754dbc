import { createHoldfast } from "../optimistic.ts";
import type { CreateWriter } from "./writer.ts";

export const createWriter: CreateWriter = (entities, seen, send) => {
  const holdfast = createHoldfast("holdfast", entities, seen, send);
  return { ...holdfast, remote: (id, title) => () => holdfast.remote(id, title) };
};
