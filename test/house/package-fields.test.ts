import { expect, test } from "vitest";
import { loadEntryTable } from "./entry-table.ts";

const { entries, packageFields } = await loadEntryTable();

test("package.json exports nothing that is not built and blocks Node entries in browsers", () => {
  const fields = packageFields((source) =>
    ["sdk/index.ts", "server/index.ts", "server/bin/holdfast.ts"].includes(source),
  );
  expect(fields).toMatchObject({
    main: "./dist/index.js",
    bin: { holdfast: "dist/bin/holdfast.js" },
    unpkg: undefined,
    exports: {
      ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
      "./server": { types: "./dist/server.d.ts", browser: null, default: "./dist/server.js" },
    },
  });
  expect(Object.keys(fields["exports"] as object)).toEqual([".", "./server", "./package.json"]);
  expect(entries.filter(({ path }) => path !== undefined)).toHaveLength(12);
});
