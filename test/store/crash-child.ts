/**
 * `node crash-child.ts FOLDER OWNER COUNT`: carries out numbered mutations, COUNT at once, on the store in FOLDER until
 * it is killed, and says each on a line of its own once it is acknowledged.
 */
import { writeSync } from "node:fs";
import { openLmdbStore } from "../../server/store/lmdb-store.ts";
import { mutate } from "./numbered-work.ts";

const [folder = "", owner = "", inFlight = "1"] = process.argv.slice(2);
const store = await openLmdbStore(folder);
let n = 0;

async function work(): Promise<never> {
  for (;;) {
    n += 1;
    const done = await mutate(store, owner, n);
    // Straight to the pipe, so that nothing said is lost with the process.
    writeSync(1, `${JSON.stringify(done)}\n`);
  }
}

await Promise.all(Array.from({ length: Number(inFlight) }, work));
