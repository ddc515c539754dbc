/* Prints what package.json must say of the entries that exist; `--write` puts it there. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageFields } from "./package-fields.mjs";
import { root } from "./run.mjs";

const file = join(root, "package.json");
const manifest = JSON.parse(readFileSync(file, "utf8"));
const fields = packageFields();
if (process.argv.includes("--write")) {
  const out = {};
  for (const [key, value] of Object.entries(manifest)) {
    if (!(key in fields)) out[key] = value;
    if (key === "files")
      for (const [name, made] of Object.entries(fields)) if (made !== undefined) out[name] = made;
  }
  writeFileSync(file, `${JSON.stringify(out, null, 2)}\n`);
} else {
  console.log(JSON.stringify(fields, null, 2));
}
