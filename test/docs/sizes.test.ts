import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, it } from "vitest";

/** Compressors differ by a few bytes between versions of Node. */
const SLACK_KIB = 0.2;

it("the README's weights are those of the built package", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["test/setup/size.mjs"]);
  const measured = new Map(
    [...stdout.matchAll(/^ {2}(\+ )?([\w.]+) +([\d.]+) KiB/gm)].map(([, , name = "", kib]) => [
      name,
      Number(kib),
    ]),
  );
  const text = await readFile("README.md", "utf8");
  const said = [...text.matchAll(/^\| (?:\+ )?`(?:holdfast\/)?([\w.]+)`[^|]*\| ([\d.]+) \|$/gm)];
  expect(said.map(([, name]) => name).sort()).toEqual([...measured.keys()].sort());
  for (const [, name = "", kib] of said) {
    expect(
      Math.abs(Number(kib) - (measured.get(name) ?? 0)),
      `${name}: ${measured.get(name)} KiB`,
    ).toBeLessThan(SLACK_KIB);
  }
});
