import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";

/** Those that may come along without a word to a lawyer. */
const FREE =
  /^(MIT|ISC|Apache-2\.0|BSD-[23]-Clause|0BSD|BlueOak-1\.0\.0|MIT-0|\(?MIT OR [\w.-]+\)?|Python-2\.0)$/;

it("every dependency that comes along is listed with its licence, and each is a permissive one", async () => {
  const path = "../setup/licences.mjs";
  const { licencesPage } = (await import(path)) as { licencesPage(): string };
  const made = licencesPage();
  expect(await readFile("THIRD-PARTY.md", "utf8"), "npm run licences mends it").toBe(made);
  const licences = [...made.matchAll(/^\| [@\w./-]+ \| \d[^|]* \| ([^|]+) \|$/gm)].map(
    ([, licence = ""]) => licence,
  );
  expect(licences.length).toBeGreaterThan(20);
  expect(licences.filter((licence) => !FREE.test(licence))).toEqual([]);
});
