/*
 * The API reference, from the declarations and docstrings of what is built: one page per entry in docs/api.
 * `node test/setup/api.mjs --write` after a change that is meant; a test compares, so that nothing drifts unseen.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "@typescript/typescript6";
import { root } from "./run.mjs";

const folder = join(root, "docs/api");
const pkg = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** Entries with types, by their name in an import. */
const entries = Object.entries(pkg.exports)
  .filter(([, target]) => target.types !== undefined)
  .map(([path, { types }]) => ({ name: path.replace(/^\./, "holdfast"), file: join(root, types) }));

/** A declaration as its reader sees it: no docstrings at the top, no modifiers that say nothing. */
function textOf(declaration) {
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  const text = statement.getText().replace(/^(export |declare )+/, "");
  return ts.isVariableDeclaration(declaration) ? text.replace(/^const /, "const ") : text;
}

function section(checker, symbol) {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const declarations = (target.declarations ?? []).filter(
    (declaration) => !declaration.getSourceFile().fileName.includes("node_modules"),
  );
  if (declarations.length === 0) return undefined;
  const doc = ts.displayPartsToString(target.getDocumentationComment(checker)).trim();
  const tags = target
    .getJsDocTags(checker)
    .filter(({ name }) => name === "throws" || name === "param" || name === "returns")
    .map(({ name, text }) => `- *${name}* ${ts.displayPartsToString(text).trim()}`);
  const code = declarations.map(textOf).join("\n");
  return [`## ${symbol.name}`, doc, tags.join("\n"), `\`\`\`typescript\n${code}\n\`\`\``]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** All pages, by file name. */
export function apiPages() {
  const program = ts.createProgram(
    entries.map(({ file }) => file),
    { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, skipLibCheck: true, types: [] },
  );
  const checker = program.getTypeChecker();
  const files = new Map();
  for (const { name, file } of entries) {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    const symbols = module === undefined ? [] : checker.getExportsOfModule(module);
    const sections = symbols
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map((symbol) => section(checker, symbol))
      .filter((text) => text !== undefined);
    files.set(`${name.replaceAll("/", "-")}.md`, `# ${name}\n\n${sections.join("\n\n")}\n`);
  }
  const links = entries.map(({ name }) => `- [${name}](${name.replaceAll("/", "-")}.md)`);
  files.set(
    "README.md",
    `# API reference\n\nMade from the declarations and docstrings of the built package by \`npm run api\`.\n\n${links.join("\n")}\n`,
  );
  return files;
}

if (process.argv.includes("--write")) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of apiPages()) writeFileSync(join(folder, name), text);
  console.log(`wrote ${readdirSync(folder).length} pages to docs/api`);
}
