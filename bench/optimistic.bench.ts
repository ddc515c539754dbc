import { expect, test } from "vitest";
import { compare, withSink } from "./optimistic.ts";

test("an optimistic edit and a remote one, beside a floor", async () => {
  await withSink(async (send) => {
    for (const size of [1_000, 10_000, 50_000]) {
      for (const { name, contenders } of await compare(size, send)) {
        console.log(`${size} tasks: ${name}`);
        console.table(
          contenders.map((one) => ({ ...one, us: one.us.toFixed(2), ratio: one.ratio.toFixed(2) })),
        );
        for (const { us } of contenders) expect(us).toBeGreaterThan(0);
      }
    }
  });
});
