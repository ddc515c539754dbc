import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { TABLES } from "./tables.ts";

/** `WRITE=1` writes them anew. */
const isWriting = process.env["WRITE"] === "1";

test.for(TABLES)("the table of $name in $page is what the code says", async ({ page, name, text }) => {
  const shown = await readFile(page, "utf8");
  const begin = `<!-- made from the code: ${name} -->\n`;
  const end = `\n<!-- end of ${name} -->`;
  const from = shown.indexOf(begin) + begin.length;
  const to = shown.indexOf(end);
  expect(from >= begin.length && to >= from, `${page} has no place for ${name}`).toBe(true);
  if (isWriting) await writeFile(page, `${shown.slice(0, from)}\n${text()}\n${shown.slice(to)}`);
  else
    expect(shown.slice(from, to).trim(), "WRITE=1 npx vitest run … test/docs/tables writes it").toBe(text());
});
