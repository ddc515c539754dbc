import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";

interface Generator {
  apiPages(): Map<string, string>;
}

it("the API reference is that of the built package: a change of a public declaration shows here", async () => {
  const path = "../setup/api.mjs";
  const { apiPages } = (await import(path)) as Generator;
  const made = apiPages();
  expect((await readdir("docs/api")).sort()).toEqual([...made.keys()].sort());
  for (const [name, text] of made) {
    const shown = await readFile(join("docs/api", name), "utf8");
    expect(
      shown === text,
      `docs/api/${name} differs; if the change is meant: npm run build && npm run api`,
    ).toBe(true);
  }
});

it("every function a user calls has a docstring", () => {
  return import("../setup/api.mjs" as string).then((generator: Generator) => {
    const bare: string[] = [];
    for (const [name, text] of generator.apiPages()) {
      for (const [, heading] of text.matchAll(/^## (\w+)\n\n```typescript\n(?:async )?function /gm)) {
        bare.push(`${name}: ${heading}`);
      }
    }
    expect(bare).toEqual([]);
  });
});
