import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { z } from "zod";
import * as protocol from "../../sdk/protocol/index.ts";

/**
 * What the contract was when its version was last decided. When this test fails, the contract has changed:
 * if clients or servers written for the version before can tell, bump `PROTOCOL_VERSION` in
 * `sdk/protocol/version.ts` and record `{version, hash}` here; if they cannot (a message text, a wider bound that
 * nobody meets), record the hash alone.
 */
const RECORDED = { version: 1, hash: "a650aa82cdb2d124f99989333afa19d1" };

/** Every schema, constant and limit of the contract as plain data, keys in order. */
function contract(): unknown {
  return plain({ ...protocol });
}

function plain(value: unknown): unknown {
  if (value instanceof z.ZodType)
    return plain(z.toJSONSchema(value, { io: "input", unrepresentable: "any" }));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "function") return "function";
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, plain(item)]),
  );
}

test("the contract is the one its version stands for", () => {
  const hash = createHash("sha256").update(JSON.stringify(contract())).digest("hex").slice(0, 32);
  expect(
    { version: protocol.PROTOCOL_VERSION, hash },
    "The wire contract in sdk/protocol changed. If the other side of a connection can tell, bump PROTOCOL_VERSION in sdk/protocol/version.ts; in any case record the new version and hash in test/protocol/fingerprint.test.ts.",
  ).toEqual(RECORDED);
});
