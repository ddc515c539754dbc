import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exceedsBytes } from "../../sdk/util/exceeds-bytes.ts";

const seed = process.env["SEED"] === undefined ? Date.now() % 2 ** 31 : Number(process.env["SEED"]);

describe("exceedsBytes", () => {
  it(`is exact for JSON, at every limit (SEED=${seed})`, () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: -20, max: 20 }), (value, slack) => {
        const bytes = Buffer.byteLength(JSON.stringify(value));
        expect(exceedsBytes(value, bytes + slack)).toBe(slack < 0);
      }),
      { seed, numRuns: 1_000 },
    );
  });

  it("counts bytes by their own length, each array for itself", () => {
    expect(exceedsBytes({ data: new Uint8Array(1_000) }, 1_000)).toBe(false);
    expect(exceedsBytes({ data: new Uint8Array(1_001) }, 1_000)).toBe(true);
    expect(exceedsBytes({ a: new Uint8Array(900), b: new Uint8Array(900) }, 1_000)).toBe(false);
  });

  it("takes nothing for nothing", () => {
    expect(exceedsBytes(undefined, 10)).toBe(false);
  });
});
