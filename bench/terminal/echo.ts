import { BUCKETS } from "../../sdk/protocol/limits.ts";
import { startActor } from "../actor.ts";
import { figure, report } from "../report.ts";
import { percentile } from "../server/numbers.ts";
import { watchBare, watchWithHoldfast } from "./clients.ts";
import { createSink } from "./screens.ts";
import { startServer } from "./server-process.ts";

/*
 * From a key press in the viewer to its echo there, by a real shell in a real PTY: viewer, server and owner in a
 * process each, on loopback; beside bare socket.io to the same kind of PTY, in turns.
 */
const KEYS = Number(process.env["KEYS"] ?? 150);
const ROUNDS = Number(process.env["ROUNDS"] ?? 4);
/** As fast as somebody types who is in a hurry; not a multiple of any batch. */
const PAUSE_MS = 23;
const LINE = 60;
/**
 * Typed as fast as they come back, before the clock starts: all three processes are compiled then. Less than the server
 * takes in one burst: a key over that is refused, and has no echo.
 */
const WARM_KEYS = BUCKETS.input.burst - 100;
const DEADLINE_MS = 10_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function echoes(kind: "holdfast" | "bare"): Promise<number[]> {
  const server = await startServer(kind);
  const owner = startActor(new URL("./echo-owner.ts", import.meta.url), [kind]);
  let heard = (): void => {};
  let text = "";
  const decoder = new TextDecoder();
  const terminal = createSink((bytes) => {
    text += decoder.decode(bytes, { stream: true });
    heard();
  });
  const watchFirst = kind === "bare";
  const bare = watchFirst ? await watchBare(server.port, terminal) : undefined;
  await owner.ask("start", kind, server.port);
  const viewer = bare ?? (await watchWithHoldfast(server.port, terminal));
  const until = (isSo: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const deadline = setTimeout(() => reject(new Error(`No echo: ${JSON.stringify(text)}`)), DEADLINE_MS);
      heard = () => {
        if (!isSo()) return;
        clearTimeout(deadline);
        resolve();
      };
      heard();
    });
  await until(() => text.includes("$ "));
  const press = async (key: number): Promise<number> => {
    if (key % LINE === LINE - 1) {
      // Clears the line; not measured.
      viewer.type("\x15");
      await pause(PAUSE_MS * 4);
    }
    text = "";
    const letter = String.fromCharCode(97 + (key % 26));
    const start = performance.now();
    viewer.type(letter);
    await until(() => text.includes(letter));
    return performance.now() - start;
  };
  for (let key = 0; key < WARM_KEYS; key += 1) await press(key);
  const taken: number[] = [];
  for (let key = 0; key < KEYS; key += 1) {
    await pause(PAUSE_MS);
    taken.push(await press(key));
  }
  viewer.end();
  owner.end();
  server.end();
  return taken;
}

const taken = { bare: [] as number[], holdfast: [] as number[] };
for (let round = 0; round < ROUNDS; round += 1) {
  for (const kind of round % 2 === 0 ? (["bare", "holdfast"] as const) : (["holdfast", "bare"] as const)) {
    taken[kind].push(...(await echoes(kind)));
  }
}
const p = (kind: "bare" | "holdfast", share: number): number => percentile(taken[kind], share);
report("terminal-echo", [
  {
    title: `Key press → echo on loopback, a real bash, ${taken.bare.length} keys each`,
    columns: ["", "p50 ms", "p99 ms"],
    rows: (["bare", "holdfast"] as const).map((kind) => [
      kind === "bare" ? "bare socket.io" : "Holdfast",
      figure(p(kind, 0.5)),
      figure(p(kind, 0.99)),
    ]),
    reaches: [0.5, 0.99].map((share) => ({
      what: `p${share * 100}, ours ÷ bare`,
      value: p("holdfast", share) / p("bare", share),
      atMost: 1.3,
      unit: "×",
    })),
  },
]);
process.exit();
