import { spawnSync } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { spawn } from "@lydell/node-pty";
import { PATIENCE_MS } from "../support/patience.ts";

/** What a real program printed in a real PTY, in the chunks it was read in. */
export interface Recording {
  readonly name: string;
  readonly cols: number;
  readonly rows: number;
  readonly chunks: readonly Uint8Array[];
  readonly bytes: Uint8Array;
}

/** Types `keys` once the output since the last step contains `until`. */
interface Step {
  readonly until: string;
  readonly keys: string;
}

interface Program {
  readonly name: string;
  readonly cols: number;
  readonly rows: number;
  readonly args: (folder: string) => readonly string[];
  readonly steps: readonly Step[];
  /** Ends what outlives the process. */
  readonly cleanUp?: (folder: string) => void;
}

/** Prints text that the terminal does not show while it is typed. */
const vimEcho = (n: number) => `:echo "st" . "ep${n}"\r`;
const bashEcho = (n: number) => `printf 'st%s\\n' ep${n}\r`;

const programs: readonly Program[] = [
  {
    name: "bash",
    cols: 80,
    rows: 24,
    args: () => ["--norc", "--noprofile", "-i"],
    steps: [
      { until: "$ ", keys: `ls --color=always -la /usr/bin | head -n 400; ${bashEcho(1)}` },
      { until: "step1", keys: `seq -f '%g 漢字 “quoted” ──┤ é' 60; ${bashEcho(2)}` },
      {
        until: "step2",
        keys: `for i in 1 2 3 4 5 6; do printf '\\e[3%dm%080d\\e[0m\\r\\e[K\\e[48;5;%dmcolour\\e[0m\\n' $i $i 2$i; done; ${bashEcho(3)}`,
      },
      {
        until: "step3",
        keys: `printf '\\e[?1049h\\e[2;20r\\e[?25lalt\\e[5;5H\\e(0qqqx\\e(B'; ${bashEcho(4)}`,
      },
      { until: "step4", keys: `printf '\\e[?1049l\\e[?25h\\e]0;a title\\a\\e[?2004l'; ${bashEcho(5)}` },
      { until: "step5", keys: "exit\r" },
    ],
  },
  {
    name: "vim",
    cols: 90,
    rows: 30,
    args: (folder) => ["-u", "NONE", "-N", "-n", "-i", "NONE", join(folder, "sample.c")],
    steps: [
      { until: "sample.c", keys: `:syntax on\r:set number cursorline ruler\r${vimEcho(1)}` },
      { until: "step1", keys: `\x06\x06\x06Gggo漢字 and “quotes”\x1b:vsplit\r\x06${vimEcho(2)}` },
      { until: "step2", keys: `:split\r\x17jG\x15\x15ddp:set list wrap\r${vimEcho(3)}` },
      {
        until: "step3",
        keys: `:set nowrap\r20lA and an end that is long\x1bu:only\r:%s/line/LINE/g\r${vimEcho(4)}`,
      },
      { until: "step4", keys: `:!echo from-the-shell\r` },
      { until: "ENTER", keys: `\r${vimEcho(5)}` },
      { until: "step5", keys: ":q!\r" },
    ],
  },
  {
    name: "less",
    cols: 80,
    rows: 24,
    args: (folder) => ["-R", "-N", join(folder, "coloured.txt")],
    steps: [
      { until: "entry 3 ", keys: "  \x04\x15/entry 120\r" },
      { until: "entry 121 ", keys: "nnNGg" },
      { until: "entry 2 ", keys: "G" },
      { until: "(END)", keys: "q" },
    ],
  },
  {
    name: "tmux",
    cols: 100,
    rows: 30,
    args: (folder) => ["-S", join(folder, "socket"), "-f", join(folder, "tmux.conf"), "-u", "new-session"],
    steps: [
      { until: "$ ", keys: `seq 100; ${bashEcho(1)}` },
      { until: "step1", keys: `\x02%` },
      { until: "$ ", keys: `ls --color=always /usr/bin | head -n 60; ${bashEcho(2)}` },
      { until: "step2", keys: `\x02"` },
      { until: "$ ", keys: `seq -f '漢 %g ─ “x”' 40; ${bashEcho(3)}` },
      { until: "step3", keys: `\x02z${bashEcho(4)}` },
      { until: "step4", keys: "\x02[" },
      { until: "[0/", keys: "\x1b[5~" },
      { until: "[43m[", keys: `q${bashEcho(5)}` },
      { until: "step5", keys: "tmux kill-server\r" },
    ],
    cleanUp: (folder) => {
      spawnSync("tmux", ["-S", join(folder, "socket"), "kill-server"]);
    },
  },
  {
    name: "htop",
    cols: 100,
    rows: 30,
    args: () => ["-d", "2"],
    steps: [
      { until: "Tasks", keys: "\x1b[B\x1b[B\x1b[6~" },
      // It prints what changes: the row that is chosen now, on another background.
      { until: "\x1b[46m", keys: "q" },
    ],
  },
];

/** Programs that are not installed here, by name. */
export const missingPrograms: readonly string[] = programs
  .map(({ name }) => name)
  .filter((name) => pathOf(name) === undefined);

/** Runs every installed program and records it. */
export async function recordAll(): Promise<Recording[]> {
  const recordings: Recording[] = [];
  for (const program of programs) {
    if (pathOf(program.name) !== undefined) recordings.push(await record(program));
  }
  return recordings;
}

async function record(program: Program): Promise<Recording> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-recording-"));
  writeSamples(folder);
  try {
    return await run(program, folder);
  } finally {
    program.cleanUp?.(folder);
    rmSync(folder, { recursive: true, force: true });
  }
}

function run({ name, cols, rows, args, steps }: Program, folder: string): Promise<Recording> {
  return new Promise((resolve, reject) => {
    const pty = spawn(pathOf(name) ?? name, [...args(folder)], {
      cols,
      rows,
      cwd: folder,
      encoding: null,
      env: { TERM: "xterm-256color", PATH: process.env["PATH"], HOME: folder, LANG: "C.UTF-8", PS1: "$ " },
    });
    const chunks: Uint8Array[] = [];
    let seen = "";
    let next = 0;
    const deadline = setTimeout(() => {
      pty.kill("SIGKILL");
      reject(
        new Error(`${name} did not print ${JSON.stringify(steps[next]?.until)} but ${JSON.stringify(seen)}`),
      );
    }, PATIENCE_MS);
    // With `encoding: null` the chunks are buffers, whatever the types say.
    pty.onData((data: unknown) => {
      const chunk = new Uint8Array(data as Buffer);
      chunks.push(chunk);
      seen += Buffer.from(chunk).toString("latin1");
      const step = steps[next];
      if (!step || !seen.includes(step.until)) return;
      seen = "";
      next += 1;
      pty.write(step.keys);
    });
    pty.onExit(() => {
      clearTimeout(deadline);
      if (next < steps.length) reject(new Error(`${name} ended before ${JSON.stringify(steps[next])}`));
      else resolve({ name, cols, rows, chunks, bytes: new Uint8Array(Buffer.concat(chunks)) });
    });
  });
}

function writeSamples(folder: string): void {
  const code = Array.from(
    { length: 300 },
    (_, i) => `  int line_${i} = ${i * 7}; /* ${i % 9 === 0 ? "漢字 “é” ─ " : ""}a comment on line ${i} */`,
  );
  // Keys that come at once are keys, not a paste.
  const settings = [`default-command "env PS1='$ ' bash --norc --noprofile"`, "assume-paste-time 0"];
  writeFileSync(join(folder, "tmux.conf"), settings.map((line) => `set -g ${line}\n`).join(""));
  writeFileSync(join(folder, "sample.c"), `#include <stdio.h>\nint main(void) {\n${code.join("\n")}\n}\n`);
  const coloured = Array.from(
    { length: 400 },
    (_, i) =>
      `\x1b[3${i % 8}mentry ${i} \x1b[1;4mof\x1b[0m a \x1b[48;5;${i % 256}mcoloured\x1b[0m list ${"=".repeat(i % 90)}`,
  );
  writeFileSync(join(folder, "coloured.txt"), `${coloured.join("\n")}\n`);
}

function pathOf(name: string): string | undefined {
  const candidates = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, name));
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
