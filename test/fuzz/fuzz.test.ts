import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Log } from "../../server/index.ts";
import { connected, requested, startServer } from "../gateway/running-server.ts";
import { events } from "./events.ts";
import { frames } from "./frames.ts";
import { packets } from "./packets.ts";
import { routes } from "./routes.ts";
import type { Surface, Target } from "./surface.ts";

/** `npm run test:fuzz` sends 100,000. */
const TOTAL = Number(process.env["FUZZ"] ?? 4_000);
const SEED = Number(process.env["SEED"] ?? Date.now() % 1_000_000_000);
const AT_ONCE = 8;
/** What a server may hold more at the end than half-way: caches and logs have filled up by then. */
const GROWTH_BYTES = 48 * 1024 * 1024;

setFlagsFromString("--expose-gc");
// The flag makes it a global of every context made from then on.
const collect = runInNewContext("gc") as () => void;

const SURFACES = [
  { surface: events, share: 0.5 },
  { surface: frames, share: 0.2 },
  { surface: routes, share: 0.2 },
  { surface: packets, share: 0.1 },
] as const;

test(
  `${TOTAL} payloads over every surface break nothing`,
  async () => {
    console.info(`SEED=${SEED}`);
    const errors: unknown[] = [];
    const quiet = (): void => undefined;
    const logger: Log = {
      debug: quiet,
      info: quiet,
      warn: quiet,
      error: (...told) => void errors.push(told),
    };
    // An input nobody takes is refused at once, instead of after seconds.
    const target = await startServer({ logger, terminalLimits: { inputMs: 50 } });
    const { socket } = await connected(target.url, "/ui", { auth: { projectId: "p1" } });
    const heldBytes: number[] = [];
    const accepted = new Map<string, number>();

    for (const half of [0, 1]) {
      for (const { surface, share } of SURFACES) {
        const count = Math.round((TOTAL * share) / 2);
        // The union of the surfaces' payloads is lost in the loop; each goes back to its own surface.
        const taken = await attackWith(surface as Surface<unknown>, count, SEED + half, target, async () => {
          expect(await requested(socket, "project:list", {})).toMatchObject({ success: true });
        });
        accepted.set(surface.name, (accepted.get(surface.name) ?? 0) + taken);
      }
      collect();
      heldBytes.push(process.memoryUsage().heapUsed);
    }

    const [halfway = 0, end = 0] = heldBytes;
    const mebibytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1);
    const counts = SURFACES.map(
      ({ surface: { name }, share }) => `${TOTAL * share} ${name} (${accepted.get(name)} accepted)`,
    );
    console.info(
      `${counts.join(", ")}; heap ${mebibytes(halfway)} MiB half-way, ${mebibytes(end)} MiB at the end`,
    );
    expect(errors).toEqual([]);
    expect(end - halfway).toBeLessThan(GROWTH_BYTES);
    expect(Object.prototype).not.toHaveProperty("polluted");
  },
  20_000 + TOTAL * 10,
);

/** Sends so many, several connections at once, and looks in on the normal client all along; returns how many were accepted. */
async function attackWith<T>(
  surface: Surface<T>,
  count: number,
  seed: number,
  target: Target,
  checkOnOthers: () => Promise<void>,
): Promise<number> {
  const { perConnection } = surface;
  let left = count;
  let round = 0;
  let accepted = 0;
  while (left > 0) {
    const take = Math.min(left, perConnection * AT_ONCE);
    const payloads = fc.sample(surface.payloads, { numRuns: take, seed: seed + 1_000 * round });
    const shares = Array.from({ length: Math.ceil(take / perConnection) }, (_, index) =>
      payloads.slice(index * perConnection, (index + 1) * perConnection),
    );
    for (const taken of await Promise.all(shares.map((share) => surface.attack(target, share))))
      accepted += taken;
    await checkOnOthers();
    left -= take;
    round += 1;
  }
  return accepted;
}
