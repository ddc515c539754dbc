import { describe, expect, it } from "vitest";
import { createBrake } from "../../sdk/agent/brake.ts";
import { openPty, type PtyExit } from "../../sdk/agent/pty.ts";

function run(script: string, env: NodeJS.ProcessEnv = process.env) {
  const pty = openPty({ file: "sh", args: ["-c", script], cols: 80, rows: 24, env });
  let text = "";
  pty.onData((bytes) => {
    text += Buffer.from(bytes).toString();
  });
  const exited = new Promise<PtyExit>((resolve) => pty.onExit(resolve));
  return { pty, exited, text: () => text };
}

describe("a program in a terminal", () => {
  it("loses nothing of its output when it ends while it is held", async () => {
    const { pty, exited, text } = run("seq 1 500");
    pty.pause();
    expect(await exited).toEqual({ exitCode: 0 });
    expect(text()).toBe(Array.from({ length: 500 }, (_, index) => `${index + 1}\r\n`).join(""));
  });

  it("whose end is held again while it is read still ends", async () => {
    const { pty, exited, text } = run("seq 1 500");
    pty.pause();
    pty.onData(pty.pause);
    await exited;
    expect(text()).toMatch(/500\r\n$/);
  });

  it("has no other terminal of this process open, and its arguments as they are", async () => {
    const first = openPty({ file: "cat", args: [], cols: 80, rows: 24 });
    const second = openPty({
      ...{ file: "sh", cols: 200, rows: 24 },
      args: ["-c", 'ls -l /proc/$$/fd | grep -c ptmx; echo "[$0] [$1] [$2]"', "-name", "two  words", "$(no)"],
    });
    let text = "";
    second.onData((bytes) => {
      text += Buffer.from(bytes).toString();
    });
    const gone = new Promise((resolve) => first.onExit(resolve));
    await new Promise((resolve) => second.onExit(resolve));
    expect(text).toBe("0\r\n[-name] [two  words] [$(no)]\r\n");
    first.kill();
    await gone;
  });

  it("does not inherit the size of another terminal, nor a token that a screen would show", async () => {
    const env = { PATH: process.env["PATH"], COLUMNS: "7", LINES: "7", TMUX: "x", HOLDFAST_TOKEN: "secret" };
    const { exited, text } = run('echo "[$COLUMNS$LINES$TMUX$HOLDFAST_TOKEN] $TERM"', env);
    await exited;
    expect(text()).toBe("[] xterm-256color\r\n");
  });
});

it("a brake is let go when the last reason is gone, and told once each time", () => {
  const told: string[] = [];
  const brake = createBrake(
    () => told.push("hold"),
    () => told.push("release"),
  );
  brake.set("here", true);
  brake.set("server", true);
  brake.set("server", true);
  brake.set("here", false);
  expect(told).toEqual(["hold"]);
  brake.set("here", false);
  brake.set("server", false);
  expect(told).toEqual(["hold", "release"]);
});
