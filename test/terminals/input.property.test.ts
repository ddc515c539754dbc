import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seedOf } from "../store/seed.ts";
import { createFixture, settle } from "./fixture.ts";
import { createModelOwner } from "./model/model-owner.ts";
import { createModelViewer } from "./model/model-viewer.ts";

const who = fc.nat({ max: 1 });
const count = fc.integer({ min: 1, max: 4 });
const viewerOps = [
  { weight: 8, arbitrary: fc.record({ op: fc.constant("type" as const), who }) },
  { weight: 6, arbitrary: fc.record({ op: fc.constant("viewer up" as const), who, count }) },
  { weight: 6, arbitrary: fc.record({ op: fc.constant("viewer down" as const), who, count }) },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant("cut viewer" as const), who, isNoticed: fc.boolean() }),
  },
  { weight: 3, arbitrary: fc.record({ op: fc.constant("connect viewer" as const), who }) },
  { weight: 6, arbitrary: fc.record({ op: fc.constant("owner up" as const), count }) },
  { weight: 6, arbitrary: fc.record({ op: fc.constant("owner down" as const), count }) },
  { weight: 6, arbitrary: fc.record({ op: fc.constant("settle" as const) }) },
];
const ownerOps = [
  { weight: 2, arbitrary: fc.record({ op: fc.constant("cut owner" as const), isNoticed: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant("connect owner" as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant("time" as const), ms: fc.constantFrom(100, 3_000, 6_000) }),
  },
];
type Op =
  (typeof viewerOps)[number]["arbitrary"] extends fc.Arbitrary<infer V>
    ? V | ((typeof ownerOps)[number]["arbitrary"] extends fc.Arbitrary<infer O> ? O : never)
    : never;

/** Two writers type `a1 a2 …` and `b1 b2 …`; what the shell read comes back, by writer. */
async function run(ops: readonly Op[]) {
  const server = createFixture();
  const owner = createModelOwner(80, 24, "bytes");
  const writers = ["a", "b"].map((viewerId) => createModelViewer({ viewerId, watch: {} }));
  const typed = [0, 0];
  const through = async (): Promise<void> => {
    for (let turn = 0; turn < 4; turn += 1) {
      for (const { wire } of [owner, ...writers]) {
        wire?.up(1_000);
        await settle();
        wire?.down(1_000);
      }
      await settle();
    }
  };
  owner.connect(server);
  await through();
  for (const step of ops) {
    const writer = "who" in step ? writers[step.who]! : writers[0]!;
    switch (step.op) {
      case "type":
        typed[step.who]! += 1;
        writer.type(`${"ab"[step.who]}${typed[step.who]}`);
        break;
      case "viewer up":
        writer.wire?.up(step.count);
        break;
      case "viewer down":
        writer.wire?.down(step.count);
        break;
      case "cut viewer":
        writer.wire?.cut();
        if (step.isNoticed) writer.wire?.noticed();
        break;
      case "connect viewer":
        writer.connect(server);
        break;
      case "owner up":
        owner.wire?.up(step.count);
        break;
      case "owner down":
        owner.wire?.down(step.count);
        break;
      case "cut owner":
        owner.wire?.cut();
        if (step.isNoticed) owner.wire?.noticed();
        break;
      case "connect owner":
        owner.connect(server);
        break;
      case "time":
        await settle();
        server.clock.advance(step.ms);
        break;
      case "settle":
        await settle();
    }
  }
  await settle();
  if (owner.wire?.isCut !== false) {
    owner.wire?.noticed();
    owner.connect(server);
  }
  await through();
  owner.noticed();
  await settle();
  // What was refused is sent once more by a writer that comes back, and then refused once more if an owner had it.
  for (let again = 0; again < 2; again += 1) {
    for (const writer of writers) writer.connect(server);
    await through();
  }
  expect(writers.map(({ pending }) => pending)).toEqual([0, 0]);
  server.terminals.shutdown();
  return ["a", "b"].map((name, index) => ({
    read: owner.typed.filter((text) => text.startsWith(name)).map((text) => Number(text.slice(1))),
    typed: Array.from({ length: typed[index] ?? 0 }, (_, at) => at + 1),
  }));
}

describe("input of two writers", () => {
  const numRuns = Number(process.env["RUNS"] ?? 100);
  const opsOf = (kinds: readonly fc.WeightedArbitrary<Op>[]) =>
    fc.array(fc.oneof(...kinds), { minLength: 10, maxLength: 80, size: "max" });

  it("is read exactly once and in order, whatever becomes of their connections", async () => {
    const seed = seedOf("terminal input");
    await fc.assert(
      fc.asyncProperty(opsOf(viewerOps), async (ops) => {
        for (const { read, typed } of await run(ops)) expect(read).toEqual(typed);
      }),
      { seed, numRuns },
    );
  });

  it("is never read twice nor out of order when the owner's connection is lost as well", async () => {
    const seed = seedOf("terminal input, owner lost");
    await fc.assert(
      fc.asyncProperty(opsOf([...viewerOps, ...ownerOps]), async (ops) => {
        for (const { read } of await run(ops)) {
          expect(read).toEqual([...new Set(read)].sort((one, other) => one - other));
        }
      }),
      { seed, numRuns },
    );
  });
});
