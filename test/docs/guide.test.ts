import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { createServer } from "../../server/index.ts";
import { PATIENCE_MS } from "../support/patience.ts";

/** All code of a page, in order, as one program. */
function codeOf(page: string): string {
  return [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code).join("\n");
}

it("the guide's code runs as it stands", async () => {
  const server = await createServer({ store: "memory" });
  try {
    const { url } = await server.listen({ port: 0 });
    const code = codeOf(await readFile("docs/guide.md", "utf8")).replace("https://live.example.com", url);
    await mkdir(".build/docs", { recursive: true });
    // Beside the project's package.json, so that `holdfast` is the built package itself.
    const file = ".build/docs/guide.ts";
    await writeFile(file, code);

    const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: PATIENCE_MS });

    expect(stdout).toContain("1 open tasks");
    expect(stdout).toContain("Write a short guide");
    expect(stdout).toMatch(/title.*Write a short guide/);
    expect(stdout).toContain("[ 's1' ]");
  } finally {
    await server.close();
  }
});
