import type { Parsed } from "./parsed.ts";
import { roomOf } from "./rooms.ts";

/** Imports that go against the table of rooms, and files that belong to none. */
export function wrongDirections(files: readonly Parsed[]): string[] {
  return files.flatMap((file) => {
    const room = roomOf(file.path);
    if (room === undefined) return [`${file.path} belongs to no room`];
    return file.imports.flatMap(({ path, line }) => {
      if (path === undefined) return [];
      const other = roomOf(path);
      const isAllowed =
        other !== undefined && (other === room || room.may.includes(other.name) || room.may.includes("*"));
      return isAllowed
        ? []
        : [`${file.path}:${line} ${room.name} imports ${other?.name ?? "no room"} (${path})`];
    });
  });
}

/** A package in a room that is not on the list rollup builds with. `mayImport` is that list. */
export function wrongPackages(
  files: readonly Parsed[],
  mayImport: (specifier: string, path: string) => boolean,
): string[] {
  return files
    .filter(({ path }) => /^(sdk|server)\//.test(path))
    .flatMap((file) =>
      file.imports
        .filter(({ specifier, path }) => path === undefined && !mayImport(specifier, file.path))
        .map(({ specifier, line }) => `${file.path}:${line} imports ${specifier}`),
    );
}

/** Relative imports without a file behind them, which the other rules would take for leaves. */
export function missingFiles(files: readonly Parsed[]): string[] {
  const known = new Set(files.map(({ path }) => path));
  return files.flatMap((file) =>
    file.imports
      .filter(({ path }) => path !== undefined && /\.(ts|mjs|js)$/.test(path) && !known.has(path))
      .map(({ path, line }) => `${file.path}:${line} imports ${path}, which is not there`),
  );
}

/** Cycles of imports, of values or types, each told once from its first file in the alphabet. */
export function cycles(files: readonly Parsed[]): string[] {
  const targets = new Map(
    files.map((file) => [file.path, file.imports.flatMap(({ path }) => (path === undefined ? [] : [path]))]),
  );
  const found = new Set<string>();
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at !== -1) {
      const cycle = trail.slice(at);
      const first = cycle.indexOf([...cycle].sort()[0] ?? "");
      const turned = [...cycle.slice(first), ...cycle.slice(0, first)];
      found.add([...turned, turned[0]].join(" -> "));
      return;
    }
    if (done.has(path)) return;
    for (const target of targets.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of targets.keys()) visit(path, []);
  return [...found];
}

/** How `from` comes to load a package at once (imports of types and `import()` aside); `undefined` when it does not. */
export function reach(files: readonly Parsed[], from: string, name: string): string[] | undefined {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const seen = new Set<string>();
  const search = (path: string): string[] | undefined => {
    if (seen.has(path)) return undefined;
    seen.add(path);
    for (const found of byPath.get(path)?.imports ?? []) {
      if (found.isType || found.isLazy) continue;
      if (found.specifier === name || found.specifier.startsWith(`${name}/`)) return [path, found.specifier];
      const rest = found.path === undefined ? undefined : search(found.path);
      if (rest !== undefined) return [path, ...rest];
    }
    return undefined;
  };
  return search(from);
}
