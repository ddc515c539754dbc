import { posix } from "node:path";
import { parseSync } from "oxc-parser";
import type { SourceFile } from "./source-tree.ts";

export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

interface Import {
  /** As written. */
  readonly specifier: string;
  /** Path from the root when the specifier is relative. */
  readonly path?: string;
  /** Gone when the types are stripped. */
  readonly isType: boolean;
  /** `import()`: loaded when asked for. */
  readonly isLazy: boolean;
  readonly line: number;
}

export interface Parsed extends SourceFile {
  readonly imports: readonly Import[];
  readonly program: Node;
  readonly comments: readonly { readonly start: number; readonly end: number }[];
  lineOf(offset: number): number;
}

/** @throws Error when the file does not parse. */
export function parse(file: SourceFile): Parsed {
  const { program, module, comments, errors } = parseSync(file.path, file.text, {
    lang: file.path.endsWith(".ts") ? "ts" : "js",
  });
  const error = errors[0];
  if (error !== undefined) throw new Error(`${file.path}: ${error.message}`);
  const lineOf = lineFinder(file.text);
  const imports: Import[] = [];
  const add = (specifier: string, at: number, isType: boolean, isLazy = false): void => {
    const path = specifier.startsWith(".")
      ? posix.normalize(posix.join(posix.dirname(file.path), specifier))
      : undefined;
    imports.push({ specifier, isType, isLazy, line: lineOf(at), ...(path === undefined ? {} : { path }) });
  };
  for (const { moduleRequest, entries, start } of module.staticImports) {
    add(moduleRequest.value, start, entries.length > 0 && entries.every(({ isType }) => isType));
  }
  for (const { entries, start } of module.staticExports) {
    for (const { moduleRequest, isType } of entries) {
      if (moduleRequest) add(moduleRequest.value, start, isType);
    }
  }
  // The two shapes of a tree share nothing but these fields.
  const tree = program as unknown as Node;
  for (const node of nodesOf(tree)) {
    if (node.type !== "ImportExpression" && node.type !== "TSImportType") continue;
    const source = node["source"] as { value?: unknown } | undefined;
    if (typeof source?.value === "string") add(source.value, node.start, node.type === "TSImportType", true);
  }
  return { ...file, imports, program: tree, comments, lineOf };
}

/** A node and everything below it, parents first. */
export function* nodesOf(node: Node): Generator<Node> {
  yield node;
  for (const child of childrenOf(node)) yield* nodesOf(child);
}

export function childrenOf(node: Node): Node[] {
  return Object.values(node)
    .flatMap((value): unknown[] => (Array.isArray(value) ? value : [value]))
    .filter(isNode);
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

function lineFinder(text: string): (offset: number) => number {
  const ends: number[] = [];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) ends.push(at);
  return (offset) => {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  };
}
