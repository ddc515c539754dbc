import { access, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { pages } from "./pages.ts";

/** A heading's anchor, as code hosts make it. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => anchorOf(heading));

it("every link between pages leads somewhere, down to the heading", async () => {
  const broken: string[] = [];
  for (const page of await pages()) {
    const text = (await readFile(page, "utf8")).replaceAll(/^```[\s\S]*?^```$/gm, "");
    for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? page : join(dirname(page), path);
      const isThere = await access(file).then(
        () => true,
        () => false,
      );
      if (!isThere) broken.push(`${page}: ${target}`);
      else if (anchor !== undefined && file.endsWith(".md")) {
        if (!anchorsOf(await readFile(file, "utf8")).includes(anchor)) broken.push(`${page}: ${target}`);
      }
    }
  }
  expect(broken).toEqual([]);
});

it("every page of the docs is reached from the README", async () => {
  const seen = new Set<string>();
  const open = ["README.md"];
  for (let page = open.pop(); page !== undefined; page = open.pop()) {
    if (seen.has(page)) continue;
    seen.add(page);
    const text = await readFile(page, "utf8").catch(() => "");
    for (const [, target = ""] of text.matchAll(/\]\(([^)\s#]+\.md)[^)]*\)/g)) {
      if (!/^[a-z]+:/.test(target)) open.push(join(dirname(page), target));
    }
  }
  expect((await pages()).filter((page) => !seen.has(page))).toEqual([]);
});
