import { expect, test } from "vitest";
import {
  createMirror,
  createSanitizer,
  createTerminalLog,
  EMULATOR_QUERIES,
  installEmulatorGuards,
  swallowQueries,
} from "../../sdk/emulator/index.ts";
import { bytesOf, createBareTerminal, screenOf, written } from "./terminals.ts";

const size = { cols: 40, rows: 6 };

test("from a program's bytes to a viewer's screen: made harmless, kept, asked for, shown", async () => {
  const sanitizer = createSanitizer(size);
  const log = createTerminalLog({ epoch: "e1", ...size, createMirror });
  const viewer = createBareTerminal(size);
  installEmulatorGuards(viewer);
  swallowQueries(viewer);
  const answers: string[] = [];
  viewer.onData((data) => answers.push(data));

  const [first = 0, ...rest] = bytesOf("€");
  log.append(sanitizer.push(bytesOf("prompt $ \x1b[2147483647b\x1b[6n\x1b[6;40H\x1b[1J\x1b[Hclean ")));
  log.append(sanitizer.push(new Uint8Array([first])));
  log.append(sanitizer.push(new Uint8Array([...rest, 0xff])));
  log.append(sanitizer.flush());
  const { data, cursor } = await log.snapshot({ historyLines: 100 });
  await written(viewer, data);
  log.append(sanitizer.push(bytesOf(" and on")));
  for (const record of log.read(cursor, 1_000)?.records ?? []) {
    if (record.kind === "data") await written(viewer, record.bytes);
  }
  expect(screenOf(viewer)[0]).toBe("clean €? and on");
  expect(answers).toEqual([]);
  log.dispose();
});

test("no query is listed twice", () => {
  const names = EMULATOR_QUERIES.map((query) => JSON.stringify(query));
  expect(new Set(names).size).toBe(names.length);
});
