import { expect, test } from "vitest";
import { command } from "../../server/bin/status.ts";
import { ask, connected, requested, startServer } from "./running-server.ts";

const LINE = "what the program prints, over and over\r\n";
const DEADLINE = { timeout: 15_000 };

/** A terminal, a viewer that acks when told to, and what the server says of how far behind it is. */
async function opened() {
  const { url } = await startServer();
  const { socket: owner } = await connected(url, "/ui", { auth: { projectId: "p1" } });
  await requested(owner, "terminal:register", { sessionId: "s1", ptyId: "pty", projectId: "p1" });
  const { socket: viewer } = await connected(url, "/terminal", { auth: { projectId: "p1", protocol: 1 } });
  const ack = await requested(viewer, "terminal:watch", { sessionId: "s1", window: 16 * 1024 });
  // What an ack of `terminal:watch` has.
  const { epoch } = ack as unknown as { epoch: string };
  let parsed = 0;
  let isStalled = false;
  const caughtUp = (): void => void viewer.emit("terminal:ack", { sessionId: "s1", epoch, offset: parsed });
  const took = (offset: number): void => {
    parsed = offset;
    if (!isStalled) caughtUp();
  };
  viewer.on("terminal:output", ({ offset, data }: { offset: number; data: string }) =>
    took(offset + Buffer.byteLength(data)),
  );
  viewer.on("terminal:reset", ({ offset }: { offset: number }) => took(offset));

  return {
    say: (bytes: number) =>
      requested(owner, "terminal:output", { ptyId: "pty", data: LINE.repeat(bytes / LINE.length) }),
    stall() {
      isStalled = true;
    },
    goOn() {
      isStalled = false;
      caughtUp();
    },
    async gauges() {
      const { text } = await ask(`${url}/metrics`);
      const value = (name: string): number =>
        Number(text.match(new RegExp(`^holdfast_terminal_${name} (\\d+)$`, "m"))?.[1]);
      return { sum: value("lag_bytes"), max: value("lag_bytes_max"), viewers: value("viewers") };
    },
    async status() {
      let shown = "";
      const stdout = { write: (text: string) => (shown += text) };
      // The command writes and reads nothing else of its surroundings.
      await command.run({ flags: { url }, stdout } as never);
      return shown.split("\n").find((line) => line.includes("/terminal"));
    },
  };
}

test("a viewer that stalls is seen to fall behind, and to have caught up", async () => {
  const { say, stall, goOn, gauges, status } = await opened();
  await say(8_000);
  await expect.poll(gauges, DEADLINE).toEqual({ sum: 0, max: 0, viewers: 1 });

  stall();
  await say(100_000);
  await say(100_000);
  const { sum, max } = await gauges();
  expect(sum).toBeGreaterThan(190_000);
  expect(max).toBe(sum);
  expect(await status()).toContain(
    "1 live terminals, 1 viewers, behind by 200 KB at most and 200 KB together",
  );

  goOn();
  await expect.poll(gauges, DEADLINE).toEqual({ sum: 0, max: 0, viewers: 1 });
  expect(await status()).toContain("1 viewers, behind by 0 KB at most");
});
