import { execFile } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, it } from "vitest";
import { type Block, blocksOf, pages } from "./pages.ts";

// Inside the project, so that `holdfast` is the built package itself, by its own exports.
const FOLDER = ".build/docs/check";

const CONFIG = {
  compilerOptions: {
    target: "es2024",
    module: "nodenext",
    lib: ["es2024", "dom", "dom.iterable"],
    types: ["node"],
    jsx: "react-jsx",
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  },
  include: ["*.ts", "*.tsx"],
};

/** Whose blocks are files of one application: `testing.test.ts` type-checks and runs that. */
const APPLICATIONS = ["docs/testing.md"];

let blocks: Block[];

beforeAll(async () => {
  blocks = (await Promise.all((await pages()).map(blocksOf))).flat();
});

it("every TypeScript block of the docs compiles, page by page as one program, against the built package", async () => {
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  await writeFile(join(FOLDER, "tsconfig.json"), JSON.stringify(CONFIG));
  const programs = new Map<string, string>();
  for (const { page, language, file, code } of blocks) {
    if ((language !== "ts" && language !== "tsx") || APPLICATIONS.includes(page)) continue;
    const name = `${page.replaceAll(/[/.]/g, "-")}${file === undefined ? "" : `-${file}`}.${language}`;
    programs.set(name, `${programs.get(name) ?? ""}${code}`);
  }
  expect(programs.size).toBeGreaterThan(5);
  for (const [name, code] of programs) await writeFile(join(FOLDER, name), `${code}\nexport {};\n`);

  const tsc = promisify(execFile)("node_modules/.bin/tsc", ["-p", FOLDER]);
  await tsc.catch((error: { stdout: string }) => {
    throw new Error(error.stdout);
  });
});

it("every block names its language", () => {
  expect(
    blocks.filter(({ language }) => language === "").map(({ page, code }) => `${page}: ${code}`),
  ).toEqual([]);
});

it("every `holdfast` command of the docs is one that there is", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["server/bin/holdfast.ts", "--help"]);
  const known = [...stdout.matchAll(/^ {2}(\w+) {2}/gm)].map(([, name]) => name);
  expect(known).toContain("serve");
  const used = blocks
    .filter(({ language }) => language === "sh")
    .flatMap(({ page, code }) =>
      [...code.matchAll(/^(?:\S+=\S+ )*(?:npx )?holdfast (\w+)/gm)].map(([, name]) => ({ page, name })),
    );
  expect(used.length).toBeGreaterThan(0);
  expect(used.filter(({ name }) => !known.includes(name))).toEqual([]);
});

it("every `npm run` of the docs is one that there is", async () => {
  const { scripts } = JSON.parse(await readFile("package.json", "utf8")) as {
    scripts: Record<string, string>;
  };
  const texts = await Promise.all((await pages()).map((page) => readFile(page, "utf8")));
  const used = texts.flatMap((text) =>
    [...text.matchAll(/\bnpm run ([\w:]+)/g)].map(([, name = ""]) => name),
  );
  expect(used.length).toBeGreaterThan(5);
  expect(used.filter((name) => !(name in scripts))).toEqual([]);
});
