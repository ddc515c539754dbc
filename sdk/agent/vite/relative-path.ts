import { isAbsolute, relative, sep } from "node:path";

/** A module's path below the root, POSIX and without a query; `undefined` for one that is elsewhere or no file. */
export function relativePath(root: string, id: string): string | undefined {
  const [file = ""] = id.split("?", 1);
  if (!isAbsolute(file)) return undefined;
  const path = relative(root, file).split(sep).join("/");
  return path === "" || path.startsWith("../") || isAbsolute(path) ? undefined : path;
}
