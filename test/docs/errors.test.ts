import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { HoldfastError } from "../../sdk/errors.ts";
import { HTTP_STATUS, LOCAL_CODES, WIRE_CODES } from "../../sdk/protocol/codes.ts";

it("the page of errors has a row for each code, with the retry, status and remedy the package gives", async () => {
  const text = await readFile("docs/errors.md", "utf8");
  const rows = new Map(
    [...text.matchAll(/^\| `([A-Z_]+)` \| (\S+) \| (\d*) ?\| (.+) \| (.+) \|$/gm)].map(
      ([, code = "", ...cells]) => [code, cells] as const,
    ),
  );
  expect([...rows.keys()].sort()).toEqual([...WIRE_CODES, ...LOCAL_CODES].sort());
  for (const code of [...WIRE_CODES, ...LOCAL_CODES]) {
    const { retry, remedy } = new HoldfastError(code, "");
    const [shownRetry, status, , shownRemedy] = rows.get(code) ?? [];
    expect({ code, retry: shownRetry }).toEqual({ code, retry });
    expect({ code, status }).toEqual({
      code,
      status: String({ ...HTTP_STATUS, TIMEOUT: "", CLOSED: "", OFFLINE: "" }[code]),
    });
    if (remedy !== undefined) expect({ code, remedy: shownRemedy }).toEqual({ code, remedy });
  }
});
