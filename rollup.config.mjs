import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import commonjs from "@rollup/plugin-commonjs";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { transform } from "esbuild";
import { dts } from "rollup-plugin-dts";
import { minify } from "vite";

/**
 * Everything the package ships. `runs`: where the entry may be imported. An entry is built, typed and exported
 * (`node test/setup/exports.mjs --write`) as soon as its source exists.
 */
export const entries = [
  { path: ".", name: "index", source: "sdk/index.ts", runs: "anywhere" },
  { path: "./terminal", name: "terminal", source: "sdk/terminal/index.ts", runs: "anywhere" },
  { path: "./persistence", name: "persistence", source: "sdk/store/persistence/index.ts", runs: "anywhere" },
  { path: "./dev", name: "dev", source: "sdk/dev/index.ts", runs: "anywhere" },
  { path: "./react", name: "react", source: "sdk/react/index.ts", runs: "anywhere" },
  { path: "./inspector", name: "inspector", source: "sdk/inspector/index.ts", runs: "anywhere" },
  { path: "./testing", name: "testing", source: "sdk/testing/index.ts", runs: "anywhere" },
  { path: "./protocol", name: "protocol", source: "sdk/protocol/index.ts", runs: "anywhere" },
  { path: "./agent", name: "agent", source: "sdk/agent/index.ts", runs: "node" },
  { path: "./vite", name: "vite", source: "sdk/agent/vite/index.ts", runs: "node" },
  { path: "./server", name: "server", source: "server/index.ts", runs: "node" },
  { bin: "holdfast", name: "bin/holdfast", source: "server/bin/holdfast.ts", runs: "node" },
  { path: "./global", name: "holdfast.global", source: "sdk/global.ts", runs: "script" },
];

/**
 * The packages each room may import, first match by folder. Anything else is an unresolved import, and `onLog`
 * turns that into a failed build: this is what keeps Node's built-ins out of the browser entries.
 */
const packages = [
  {
    folder: "sdk/agent/",
    may: [/^node:/, "@lydell/node-pty", "chokidar", "ignore", "vite", "zod"],
  },
  { folder: "sdk/emulator/", may: ["@xterm/headless"] },
  { folder: "sdk/protocol/", may: ["zod"] },
  { folder: "sdk/react/", may: ["react"] },
  { folder: "sdk/terminal/", may: ["@xterm/xterm"] },
  {
    folder: "sdk/testing/",
    may: ["msw", "engine.io-parser", "socket.io-parser", "zod"],
  },
  { folder: "sdk/", may: [] },
  { folder: "server/core/", may: ["zod"] },
  {
    folder: "server/",
    may: [
      ...[/^node:/, "@lydell/node-pty", "chokidar", "express", "ioredis", "jose", "lmdb"],
      ...["pino", "prom-client", "rate-limiter-flexible", "socket.io", "socket.io-parser", "ws", "zod"],
    ],
  },
];

const root = dirname(fileURLToPath(import.meta.url));
const pkg = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const target = "es2022";
const exists = ({ source }) => existsSync(join(root, source));
const modules = entries.filter((entry) => entry.runs !== "script" && exists(entry));
const typed = modules.filter((entry) => entry.path !== undefined);
const script = entries.find((entry) => entry.runs === "script");

/** May the file at `path` (from the root) import this package? */
export function mayImport(specifier, path) {
  const room = packages.find(({ folder }) => path.startsWith(folder));
  return (room?.may ?? []).some((rule) =>
    typeof rule === "string" ? specifier === rule || specifier.startsWith(`${rule}/`) : rule.test(specifier),
  );
}

function external(id, importer) {
  if (importer === undefined || id.startsWith(".") || id.startsWith("/")) return false;
  return mayImport(id, importer.slice(root.length + 1).replace(/^\.build\//, ""));
}

/** Strips types from .ts modules. It resolves nothing, so `browser` maps of dependencies keep working. */
const typescript = () => ({
  name: "esbuild-typescript",
  transform: {
    filter: { id: /\.ts$/ },
    async handler(code, id) {
      const out = await transform(code, {
        loader: "ts",
        target,
        sourcefile: id,
        sourcemap: true,
        tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true, useDefineForClassFields: true } },
      });
      return { code: out.code, map: out.map };
    },
  },
});

/**
 * `new URL("./mirror-worker.ts", import.meta.url)` works as it stands when Node runs the sources; here the file
 * becomes a chunk of its own and the URL points at it.
 */
const workers = () => ({
  name: "worker-urls",
  transform: {
    filter: { id: /\.ts$/, code: "import.meta.url" },
    async handler(code, id) {
      const found = [...code.matchAll(/new URL\(\s*"(\.[^"]+\.ts)",\s*import\.meta\.url\s*,?\s*\)/g)];
      let out = code;
      for (const [text, path] of found) {
        const file = resolve(dirname(id), path);
        const reference = this.emitFile({ type: "chunk", id: file, name: `shared/${basename(file, ".ts")}` });
        out = out.replace(text, `new URL(import.meta.ROLLUP_FILE_URL_${reference})`);
      }
      return out === code ? null : { code: out, map: null };
    },
  },
});

/** Vite's minifier: its output packs 5 % tighter than esbuild's. The banner takes the line before, as the map does. */
const minifyWith = (banner) => ({
  name: "oxc-minify",
  async renderChunk(code, { fileName }) {
    const out = await minify(fileName, code, { module: false, compress: { target }, sourcemap: true });
    return { code: `${banner}\n${out.code}`, map: { ...out.map, mappings: `;${out.map.mappings}` } };
  },
});

/** Removes what an earlier build left and this one did not write, and makes commands executable. */
const tidy = (extensions, keep = []) => ({
  name: "tidy-dist",
  writeBundle({ dir }, bundle) {
    const made = new Set([...Object.keys(bundle), ...keep]);
    for (const file of readdirSync(dir, { recursive: true })) {
      const foreign = file.startsWith("demo") || !extensions.some((extension) => file.endsWith(extension));
      if (!foreign && !made.has(file)) rmSync(join(dir, file));
    }
    for (const file of made) if (/^bin[\\/].*\.js$/.test(file)) chmodSync(join(dir, file), 0o755);
  },
});

/** The demo as a folder that any static server can serve: its pages, the script-tag build and xterm.js. */
const demo = () => ({
  name: "demo-folder",
  writeBundle() {
    const to = join(root, "dist/demo");
    rmSync(to, { recursive: true, force: true });
    if (!existsSync(join(root, "demo"))) return;
    cpSync(join(root, "demo"), to, { recursive: true });
    const vendor = {
      "holdfast.global.js": "dist/holdfast.global.js",
      "xterm.js": "node_modules/@xterm/xterm/lib/xterm.js",
      "xterm.css": "node_modules/@xterm/xterm/css/xterm.css",
      "xterm.LICENSE": "node_modules/@xterm/xterm/LICENSE",
      "inspector.js": "dist/inspector.js",
    };
    for (const [name, from] of Object.entries(vendor)) cpSync(join(root, from), join(to, name));
  },
});

/** Every rollup warning fails the build: an unresolved import is a broken package. What others' files do is theirs. */
const onLog = (level, log, handler) => {
  const theirs = (log.ids ?? [log.id ?? ""]).every((id) => id.includes("node_modules"));
  // A type that only names a parameter (what a client is to an extension) need not be public.
  if (log.plugin === "dts" && log.message.includes("private shared type exports")) return;
  if (theirs && (log.code === "INVALID_ANNOTATION" || log.code === "CIRCULAR_DEPENDENCY")) return;
  if (level === "warn") throw new Error(`${log.code}: ${log.message}`);
  handler(level, log);
};

/**
 * Our modules do nothing when imported, so an entry that needs one constant of the protocol does not take its
 * schemas (and zod) along. The exceptions are the files whose point is to run.
 */
const treeshake = {
  moduleSideEffects: (id, isExternal) =>
    isExternal
      ? false
      : id.includes("node_modules") ||
        /sdk\/(global|inspector\/index)\.ts$|server\/bin\/|-worker\.ts$/.test(id),
};

const input = (list, path) => Object.fromEntries(list.map((entry) => [entry.name, path(entry)]));
const output = { dir: "dist", format: "es", hoistTransitiveImports: false };

/** @type {import("rollup").RollupOptions[]} */
export default [
  modules.length > 0 && {
    input: input(modules, ({ source }) => source),
    external,
    plugins: [workers(), typescript()],
    treeshake,
    onLog,
    output: {
      ...output,
      sourcemap: true,
      chunkFileNames: ({ name }) => (name.startsWith("shared/") ? "[name].js" : "shared/[name].js"),
      plugins: [tidy([".js", ".js.map"], ["holdfast.global.js", "holdfast.global.js.map"])],
    },
  },
  typed.length > 0 && {
    input: input(typed, ({ source }) => `.build/${source.replace(/\.ts$/, ".d.ts")}`),
    external,
    plugins: [dts()],
    onLog,
    output: { ...output, chunkFileNames: "shared/[name].ts", plugins: [tidy([".d.ts"])] },
  },
  exists(script) && {
    input: script.source,
    plugins: [nodeResolve({ browser: true }), commonjs(), typescript()],
    treeshake,
    onLog,
    output: {
      file: `dist/${script.name}.js`,
      format: "iife",
      name: "Holdfast",
      sourcemap: true,
      plugins: [minifyWith(`/*! ${pkg.name} ${pkg.version} | ${pkg.license} */`), demo()],
    },
  },
].filter(Boolean);
