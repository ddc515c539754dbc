import { childrenOf, type Node, nodesOf, type Parsed } from "./parsed.ts";

const isShipped = ({ path }: Parsed): boolean => /^(sdk|server)\//.test(path);
const at = (file: Parsed, node: Node): string => `${file.path}:${file.lineOf(node.start)}`;

/** The `any` of shipped code. */
export function anyTypes(files: readonly Parsed[]): string[] {
  return files
    .filter(isShipped)
    .flatMap((file) =>
      [...nodesOf(file.program)]
        .filter(({ type }) => type === "TSAnyKeyword")
        .map((node) => `${at(file, node)} says any`),
    );
}

/** The `x!` of shipped code. */
export function nonNullAssertions(files: readonly Parsed[]): string[] {
  return files
    .filter(isShipped)
    .flatMap((file) =>
      [...nodesOf(file.program)]
        .filter(({ type }) => type === "TSNonNullExpression")
        .map((node) => `${at(file, node)} asserts non-null`),
    );
}

/** A reason may stand this many lines above, so that one speaks for casts that follow each other. */
const reasonLines = 3;

/** Casts of shipped code with no comment on their statement or right above it. `as const` is no cast. */
export function silentCasts(files: readonly Parsed[]): string[] {
  return files.filter(isShipped).flatMap((file) => {
    const comments = file.comments.map(({ start, end }) => ({
      first: file.lineOf(start),
      last: file.lineOf(end),
    }));
    const found: string[] = [];
    const visit = (node: Node, statementLine: number): void => {
      const line = standsAlone(node) ? file.lineOf(node.start) : statementLine;
      if (isCast(file, node)) {
        const lastLine = file.lineOf(node.end);
        const hasReason = comments.some(({ first, last }) => first <= lastLine && last >= line - reasonLines);
        if (!hasReason) found.push(`${at(file, node)} casts without saying why`);
      }
      for (const child of childrenOf(node)) visit(child, line);
    };
    visit(file.program, 1);
    return found;
  });
}

function standsAlone({ type }: Node): boolean {
  return /(Statement|Declaration|Definition|^Property|SwitchCase)$/.test(type) && type !== "BlockStatement";
}

function isCast({ text }: Parsed, node: Node): boolean {
  if (node.type === "TSTypeAssertion") return true;
  return node.type === "TSAsExpression" && !/\bas\s+const$/.test(text.slice(node.start, node.end));
}

/** State of a module: two clients on one page would see each other through it. */
export function moduleState(files: readonly Parsed[]): string[] {
  return files.filter(isShipped).flatMap((file) =>
    childrenOf(file.program)
      .flatMap((node) => (node.type === "ExportNamedDeclaration" ? childrenOf(node) : [node]))
      .filter((node) => node.type === "VariableDeclaration" && node["declare"] !== true)
      .filter((node) => node["kind"] !== "const" || isFilled(file, node))
      .map((node) => `${at(file, node)} is state of a module`),
  );
}

/**
 * A collection declared here and changed somewhere in the file. A table filled where it is declared is none; a WeakMap
 * keeps something for each object, so those who do not share the object do not meet in it.
 */
function isFilled({ text }: Parsed, declaration: Node): boolean {
  const source = text.slice(declaration.start, declaration.end);
  const name = /^const\s+(\w+)[^=]*=\s*(?:new (?:Map|Set)\b|\[|\{)/.exec(source)?.[1];
  if (name === undefined) return false;
  const changes = "set|add|delete|clear|push|pop|shift|unshift|splice";
  return new RegExp(`\\b${name}(\\.(${changes})\\(|\\[[^\\]]*\\]\\s*=[^=])`).test(text);
}

/** Tests that wait one second, vitest's own default: less than a busy machine may need. `expect.poll` waits longer. */
export function impatientWaits(files: readonly Parsed[]): string[] {
  return files
    .filter(({ path }) => path.startsWith("test/"))
    .flatMap((file) =>
      [...nodesOf(file.program)]
        .filter((node) => node.type === "CallExpression" && (node["arguments"] as unknown[]).length < 2)
        .filter(({ start, end }) => /^vi\.wait(For|Until)\(/.test(file.text.slice(start, end)))
        .map((node) => `${at(file, node)} waits for a second only`),
    );
}

const clocks = new Set([
  "Date.now",
  "Math.random",
  "performance.now",
  "crypto.randomUUID",
  "crypto.getRandomValues",
]);
const timers = new Set(["setTimeout", "setInterval", "setImmediate"]);

/** Clocks, timers and chance in the server's core, which gets them as ports. */
export function ownClocks(files: readonly Parsed[]): string[] {
  return files
    .filter(({ path }) => path.startsWith("server/core/"))
    .flatMap((file) =>
      [...nodesOf(file.program)]
        .map((node) => ({ node, name: clockOf(file, node) }))
        .filter(({ name }) => name !== undefined)
        .map(({ node, name }) => `${at(file, node)} uses ${name}`),
    );
}

function clockOf({ text }: Parsed, node: Node): string | undefined {
  const source = text.slice(node.start, node.end);
  if (node.type === "MemberExpression" && clocks.has(source)) return source;
  const callee = node["callee"] as Node | undefined;
  const name = callee?.type === "Identifier" ? String(callee["name"]) : "";
  if (node.type === "CallExpression" && timers.has(name)) return name;
  const isNow =
    node.type === "NewExpression" && name === "Date" && (node["arguments"] as unknown[]).length === 0;
  return isNow ? "new Date()" : undefined;
}
