import type { SourceFile } from "./source-tree.ts";

const maxLines = 300;
/** Names of drawers: things end up there because nobody asked where they belong. */
const drawers = ["util", "utils", "helper", "helpers", "common", "type", "types", "manager", "misc"];

/** Names that are not kebab-case or name a drawer; the folder `sdk/util` is one function a file and stays. */
export function badNames(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path }) =>
    path.split("/").flatMap((segment) => {
      const [stem = "", ...endings] = segment.split(".");
      if (![stem, ...endings].every((word) => /^[a-z0-9]+(-[a-z0-9]+)*$/.test(word)))
        return [`${path} is not kebab-case`];
      const last = stem.split("-").at(-1) ?? "";
      const isDrawer =
        drawers.includes(stem) || (drawers.includes(last) && last !== "type" && last !== "common");
      return isDrawer && !path.startsWith(`sdk/util/`) ? [`${path} names a drawer`] : [];
    }),
  );
}

export function tooLong(files: readonly SourceFile[]): string[] {
  return files
    .map((file) => ({ path: file.path, lines: linesOf(file) }))
    .filter(({ lines }) => lines > maxLines)
    .map(({ path, lines }) => `${path} has ${lines} lines, ${maxLines} is the most`);
}

/** Of the shipped .ts files; 0 when there are none. */
export function medianLines(files: readonly SourceFile[]): number {
  const lines = files
    .filter(({ path }) => /^(sdk|server)\/.*\.ts$/.test(path))
    .map(linesOf)
    .sort((a, b) => a - b);
  return lines[Math.floor(lines.length / 2)] ?? 0;
}

function linesOf({ text }: SourceFile): number {
  return text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}
