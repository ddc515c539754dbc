import { inflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { createMirror } from "../../sdk/emulator/mirror.ts";
import { unpack } from "../../sdk/terminal/unpack.ts";
import type { Emulator } from "../../server/core/terminals/emulator.ts";
import { deflate } from "../../server/emulator/packing.ts";
import { createFixture, until } from "./fixture.ts";

const emulator: Emulator = { createMirror: (start) => createMirror(start), deflate };
const LINES = "a line of a program that says much and often the same\r\n".repeat(200);

describe("a snapshot", () => {
  it("comes packed for who asks for that, and holds the same", async () => {
    const { owner, viewer } = createFixture({ emulator });
    const { say } = await owner();
    await say(LINES);
    const plain = (await viewer({ encoding: "binary" })).ack;
    const packed = (await viewer({ encoding: "binary", packed: true })).ack;
    expect(plain.packed).toBeUndefined();
    expect(packed).toMatchObject({ mode: "snapshot", packed: true, offset: plain.offset });
    expect(packed.scrollback.length).toBeLessThan(plain.scrollback.length / 10);
    expect(Buffer.from(inflateRawSync(packed.scrollback))).toEqual(Buffer.from(plain.scrollback));
    expect(Buffer.from(await unpack(packed.scrollback))).toEqual(Buffer.from(plain.scrollback));
  });

  it("comes packed in terminal:reset too", async () => {
    const { owner, viewer, terminals } = createFixture({
      emulator,
      limits: { ringBytes: 4 * 1_024, deltaBytes: 2 * 1_024 },
    });
    const { say } = await owner();
    const { peer } = await viewer({ encoding: "binary", packed: true, priority: "auto" });
    await say(LINES);
    // Nothing is given up before the emulator has it.
    await viewer();
    terminals.focusChanged("p1", ["s1"]);
    await until(() => peer.got("terminal:reset").length > 0);
    const [reset] = peer.got("terminal:reset");
    expect(reset.packed).toBe(true);
    expect(inflateRawSync(reset.scrollback).toString()).toContain("a line of a program");
  });

  it("comes as it is for a string, for an old viewer, and where there is little to gain", async () => {
    const { owner, viewer } = createFixture({ emulator });
    const { say } = await owner();
    await say(LINES);
    for (const { ack } of [
      await viewer({ packed: true }),
      await viewer({ encoding: "binary", packed: true }, { isOld: true }),
      await viewer({ encoding: "binary", packed: true, history: 0 }),
    ]) {
      expect(ack.packed).toBeUndefined();
      expect(Buffer.from(ack.scrollback).toString()).toContain("a line of a program");
    }
  });
});

it("what is no packed data is refused, not taken for some", async () => {
  await expect(unpack(new Uint8Array([0xff, 0xff, 0xff]))).rejects.toThrow();
});
