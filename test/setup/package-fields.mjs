import { existsSync } from "node:fs";
import { join } from "node:path";
import { entries } from "../../rollup.config.mjs";
import { root } from "./run.mjs";

/**
 * The fields of package.json that follow from the table of entries in rollup.config.mjs: those whose source exists.
 * @param {(source: string) => boolean} exists
 */
export function packageFields(exists = (source) => existsSync(join(root, source))) {
  const built = entries.filter(({ source }) => exists(source));
  const main = built.find(({ path }) => path === ".");
  const script = built.find(({ runs }) => runs === "script");
  const commands = built.filter(({ bin }) => bin !== undefined);
  const file = ({ name }, extension) => `./dist/${name}${extension}`;
  const target = (entry) => {
    if (entry.runs === "script") return file(entry, ".js");
    return {
      types: file(entry, ".d.ts"),
      // A bundler that builds for browsers stops here in place of bundling Node code.
      ...(entry.runs === "node" ? { browser: null } : {}),
      default: file(entry, ".js"),
    };
  };
  const paths = built.filter(({ path }) => path !== undefined);
  return {
    bin:
      commands.length > 0
        ? Object.fromEntries(commands.map((entry) => [entry.bin, `dist/${entry.name}.js`]))
        : undefined,
    main: main && file(main, ".js"),
    types: main && file(main, ".d.ts"),
    unpkg: script && file(script, ".js"),
    jsdelivr: script && file(script, ".js"),
    exports: {
      ...Object.fromEntries(paths.map((entry) => [entry.path, target(entry)])),
      "./package.json": "./package.json",
    },
  };
}
