/**
 * `node store-child.ts FOLDER hold`: opens the store in FOLDER, says `open` or the code of its refusal, and holds it
 * until it is killed or its input ends.
 * `node store-child.ts FOLDER fill`: writes until the disk refuses, says what became of each as one line of JSON.
 */
import { openLmdbStore } from "../../server/store/lmdb-store.ts";
import { StoreOpenError } from "../../server/store/store-open-error.ts";
import { edits, put } from "./edits.ts";

const [folder = "", task = ""] = process.argv.slice(2);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function hold(): Promise<void> {
  try {
    const store = await openLmdbStore(folder);
    say("open");
    process.stdin.resume();
    process.stdin.once("end", () => void store.close());
  } catch (error) {
    say(error instanceof StoreOpenError ? error.code : String(error));
  }
}

async function fill(): Promise<void> {
  const store = await openLmdbStore(folder);
  const kept: string[] = [];
  const refused = new Set<string>();
  for (let round = 0; refused.size === 0 || round % 5 !== 0; round += 1) {
    const writing = Array.from({ length: 10 }, async (_, at) => {
      const id = `t${round}.${at}`;
      try {
        await store.transact("p1", edits([put("tasks", id, { body: "x".repeat(20_000) })]));
        kept.push(id);
      } catch (error) {
        refused.add(error instanceof Error ? error.name : String(error));
      }
    });
    await Promise.all(writing);
  }
  const small = await store.transact("p1", edits([put("tasks", kept[0] ?? "", { body: "small again" })]));
  await store.close();
  say(JSON.stringify({ kept, refused: [...refused], seq: small.seq }));
}

await (task === "fill" ? fill() : hold());
