interface Entry {
  readonly path?: string;
  readonly bin?: string;
  readonly name: string;
  readonly source: string;
  readonly runs: "anywhere" | "node" | "script";
}

interface RollupConfiguration {
  readonly entries: readonly Entry[];
  mayImport(specifier: string, path: string): boolean;
}

interface PackageFieldsModule {
  packageFields(exists?: (source: string) => boolean): Readonly<Record<string, unknown>>;
}

/** The table of entries and packages in rollup.config.mjs, and what package.json must say of it. */
export async function loadEntryTable(): Promise<RollupConfiguration & PackageFieldsModule> {
  // Plain JavaScript without types: it runs before TypeScript is installed.
  const load = (path: string): Promise<unknown> => import(new URL(path, import.meta.url).href);
  const { entries, mayImport } = (await load("../../rollup.config.mjs")) as RollupConfiguration;
  const { packageFields } = (await load("../setup/package-fields.mjs")) as PackageFieldsModule;
  return { entries, mayImport, packageFields };
}
