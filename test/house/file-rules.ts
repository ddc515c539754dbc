import type { SourceFile } from "./source-tree.ts";

/** A list of facts about one thing may be longer than the thing. */
const maxLines = { shipped: 300, test: 450 };
const isShipped = (path: string): boolean => /^(sdk|server)\//.test(path);
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
  return files.flatMap((file) => {
    const lines = linesOf(file);
    const most = isShipped(file.path) ? maxLines.shipped : maxLines.test;
    return lines > most ? [`${file.path} has ${lines} lines, ${most} is the most`] : [];
  });
}

/** Of the shipped .ts files; 0 when there are none. */
export function medianLines(files: readonly SourceFile[]): number {
  const lines = files
    .filter(({ path }) => isShipped(path) && path.endsWith(".ts"))
    .map(linesOf)
    .sort((a, b) => a - b);
  return lines[Math.floor(lines.length / 2)] ?? 0;
}

function linesOf({ text }: SourceFile): number {
  return text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}
