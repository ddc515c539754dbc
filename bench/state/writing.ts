import { act } from "../actor.ts";
import { aTask, withSink } from "../optimistic.ts";
import { type CreateWriter, WRITERS, type Writer, type WriterName } from "./writer.ts";

/* The process of one contender in the bench of optimistic edits. */

const [name = "", count = ""] = process.argv.slice(2);
const size = Number(count);
// The parent names one of them.
const { createWriter } = (await import(WRITERS[name as WriterName].module)) as { createWriter: CreateWriter };
const entities = Array.from({ length: size }, (_, index) => aTask(index));
const idOf = (n: number): string => entities[(n * 7_919) % size]?.id ?? "";

let seen = 0;
let n = 0;
let writer: Writer;
/** Tasks with pending edits. */
let mine: string[] = [];

/** Microseconds a step. Sockets and what is left for the end of the task get their turn before anything else happens. */
async function timed(steps: readonly (() => void)[]): Promise<number> {
  const before = seen;
  const start = performance.now();
  for (const step of steps) step();
  const us = ((performance.now() - start) * 1_000) / steps.length;
  if (seen - before < steps.length)
    throw new Error(`${name}: ${seen - before} of ${steps.length} edits were seen`);
  await new Promise(setImmediate);
  return us;
}

act({
  open: () =>
    new Promise<void>((opened) => {
      void withSink((send) => {
        writer = createWriter(
          entities,
          () => {
            seen += 1;
          },
          (message) => send(message as string),
        );
        opened();
        // As long as the process: the sink closes with it.
        return new Promise(() => {});
      });
    }),
  pend(pending: number) {
    mine = Array.from({ length: pending }, (_, index) => idOf(index));
    for (const [index, id] of mine.entries()) writer.edit(id, `p${index}`);
  },
  async edit(turn: number) {
    const us = await timed(
      Array.from({ length: turn }, () => {
        n += 1;
        const at = n;
        return () => writer.edit(idOf(at), `t${at}`);
      }),
    );
    writer.drain();
    return us;
  },
  /** @param hits one edit in ten is of a task with pending edits; else none is */
  hear(turn: number, hits: boolean) {
    return timed(
      Array.from({ length: turn }, () => {
        n += 1;
        const id = hits && n % 10 === 0 ? mine[n % mine.length] : undefined;
        return writer.remote(id ?? idOf(mine.length + (n % (size - mine.length))), `r${n}`);
      }),
    );
  },
});
