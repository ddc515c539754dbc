import { io } from "socket.io-client";
import { createMirror } from "../../sdk/emulator/mirror.ts";
import { createSnapshotPacking } from "../../server/core/terminals/snapshot-packing.ts";
import { deflate } from "../../server/emulator/packing.ts";
import { figure, median, type Reach, report, type Table } from "../report.ts";
import { startCountingRelay } from "../state/counting-relay.ts";
import { ownWithHoldfast } from "./clients.ts";
import { startServer } from "./server-process.ts";

/*
 * What a viewer gets when it comes back: the bytes on its connection from the question to the answer, and the size
 * and cost of a snapshot where the missed bytes are gone; `sent` to a viewer that takes it packed, as the SDK's do.
 */
const SIZE = { cols: 120, rows: 40 };
const WARM_RUNS = 15;
const encoder = new TextEncoder();
const ESC = "\x1b";

async function answers(): Promise<Table> {
  const server = await startServer("holdfast");
  const relay = await startCountingRelay(server.port);
  const owner = await ownWithHoldfast({ port: server.port, sessionId: "s1", ...SIZE });
  const socket = io(`http://127.0.0.1:${relay.port}/terminal`, {
    transports: ["websocket"],
    auth: { projectId: "p1", protocol: 1 },
  });
  const watch = (since?: object): Promise<{ epoch: string; offset: number; scrollback: Buffer }> =>
    socket.emitWithAck("terminal:watch", {
      sessionId: "s1",
      encoding: "binary",
      ...(since === undefined ? {} : { since }),
    });
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  void owner.print(encoder.encode("x".repeat(200_000)));
  let at = await watch();
  const rows: string[][] = [];
  let worst = 0;
  for (const missed of [0, 10, 1_000, 20_000, 100_000]) {
    const since = { epoch: at.epoch, offset: at.offset };
    socket.emit("terminal:unwatch", { sessionId: "s1" });
    // The server takes events of a socket in order: what is printed now finds nobody who watches.
    await socket
      .timeout(1_000)
      .emitWithAck("terminal:resize", { sessionId: "s1", ...SIZE })
      .catch(() => {});
    void owner.print(encoder.encode("y".repeat(missed)));
    let answer = at;
    let received = 0;
    do {
      relay.reset();
      answer = await watch(since);
      received = relay.received;
      socket.emit("terminal:unwatch", { sessionId: "s1" });
    } while (answer.offset < since.offset + missed);
    at = answer;
    worst = Math.max(worst, received - missed);
    rows.push([figure(missed), figure(received), figure(received - missed)]);
  }
  socket.disconnect();
  owner.end();
  relay.close();
  server.end();
  return {
    title: "Catching up by the missed bytes: bytes on the TCP connection for the answer",
    columns: ["missed", "received", "more than missed"],
    rows,
    reaches: [{ what: "more than missed", value: worst, atMost: 200, unit: " bytes" }],
  };
}

/** Screens full of it, so many lines of it above. */
const contents: Readonly<Record<string, (line: number) => string>> = {
  "plain text": (n) => `line ${n} of a log that says what a log says, at length and in words`,
  "ls --color": (n) =>
    Array.from({ length: 5 }, (_, i) => `${ESC}[0m${ESC}[01;3${(n + i) % 8}mfile-${n}-${i}${ESC}[0m`).join(
      "  ",
    ),
  "gcc, coloured": (n) =>
    `${ESC}[01m${ESC}[Ksrc/main.c:${n}:7:${ESC}[m${ESC}[K ${ESC}[01;31m${ESC}[Kerror: ${ESC}[m${ESC}[K‘${ESC}[01m${ESC}[Kx_${n}${ESC}[m${ESC}[K’ undeclared`,
  CJK: (n) => `${n} ${"漢字かな交じり文".repeat(6)}`,
  "true colour a character": (n) =>
    Array.from(
      { length: 100 },
      (_, i) => `${ESC}[38;2;${(n * 3 + i) % 256};${i};128m${String.fromCharCode(97 + (i % 26))}`,
    ).join(""),
};

async function snapshots(): Promise<Table> {
  const pack = createSnapshotPacking({ deflate });
  const rows: string[][] = [];
  const reaches: Reach[] = [];
  for (const [name, line] of Object.entries(contents)) {
    const mirror = createMirror({ ...SIZE, scrollback: 1_000 });
    const lines = Array.from({ length: 1_039 }, (_, n) => line(n)).join("\r\n");
    await mirror.write(encoder.encode(lines));
    const measured = async (historyLines: number) => {
      const times: number[] = [];
      let made = { data: "" };
      for (let run = 0; run < WARM_RUNS; run += 1) {
        const start = performance.now();
        made = await mirror.snapshot({ historyLines });
        times.push(performance.now() - start);
      }
      const size = Buffer.byteLength(made.data);
      return { size, sent: (await pack(made))?.length ?? size, ms: median(times.slice(5)) };
    };
    const screen = await measured(0);
    const whole = await measured(1_000);
    rows.push([
      name,
      figure(screen.size),
      figure(screen.sent),
      figure(screen.ms),
      figure(whole.size),
      figure(whole.sent),
      figure(whole.ms),
    ]);
    reaches.push({ what: `${name}: screen`, value: screen.sent / 1_000, atMost: 5, unit: " KB" });
    reaches.push({ what: `${name}: screen, warm`, value: screen.ms, atMost: 5, unit: " ms" });
    reaches.push({ what: `${name}: with 1,000 lines`, value: whole.sent / 1_000, atMost: 100, unit: " KB" });
    mirror.dispose();
  }
  return {
    title: "Snapshot of a full 120×40 screen",
    columns: ["content", "screen, bytes", "sent", "ms", "with 1,000 lines, bytes", "sent", "ms"],
    rows,
    reaches,
  };
}

report("terminal-catch-up", [await answers(), await snapshots()]);
process.exit();
