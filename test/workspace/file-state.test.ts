import { createHash } from "node:crypto";
import { symlinkSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readFileState } from "../../sdk/agent/workspace/files/file-state.ts";
import { scratch } from "./scratch.ts";

test.each([0, 1, 1_048_576, 3_000_000])("a file of %i bytes is known by its content", async (size) => {
  const text = "x".repeat(size);
  const { folder } = scratch({ "a.txt": text });
  expect(await readFileState(join(folder, "a.txt"))).toMatchObject({
    ...{ size, hash: createHash("sha256").update(text).digest("hex") },
  });
});

test("a file of more than 64 MiB is known by its size and time", async () => {
  const { folder } = scratch({ "a.bin": "" });
  const path = join(folder, "a.bin");
  truncateSync(path, 64 * 1024 * 1024 + 1);
  const before = await readFileState(path);
  expect(before).toMatchObject({ size: 64 * 1024 * 1024 + 1 });
  expect(await readFileState(path)).toEqual(before);
  truncateSync(path, 64 * 1024 * 1024 + 2);
  expect((await readFileState(path))?.hash).not.toBe(before?.hash);
});

test("what is no file of its own, or is not there, has no state", async () => {
  const { folder } = scratch({ "a.txt": "a" });
  symlinkSync(join(folder, "a.txt"), join(folder, "link"));
  for (const name of ["link", "none", "."]) expect(await readFileState(join(folder, name))).toBeUndefined();
});
