import { describe, expect, it, onTestFinished } from "vitest";
import { createTerminal, feed } from "../emulator/terminals.ts";
import { startProxy } from "../support/proxy.ts";
import { serve, share, shareShell, textOf, until, untilSame, untilText, view } from "./shared-shell.ts";

async function proxyTo(port: number) {
  const proxy = await startProxy(port);
  onTestFinished(() => proxy.close());
  return proxy;
}

const countOf = (text: string, part: string): number => text.split(part).length - 1;

describe("a real shell, shared over a real server", () => {
  it("looks the same after a reload, with what stands on the line and without a second prompt", async () => {
    const { port } = await serve();
    shareShell(port);
    const first = view(port);
    await untilText(first, /\$ $/m);
    first.attachment.write("printf '\\033[1;31mred\\033[0m \\033]2;titled\\007%s\\n' $((6*7))\r");
    await untilText(first, /^red 42$/m);
    first.attachment.write("left on the line");
    await untilText(first, /\$ left on the line$/m);
    first.attachment.detach();

    const second = view(port);
    await untilText(second, /\$ left on the line/);
    await untilSame(second, first.terminal);
    expect(countOf(textOf(second.terminal), "\n$ ")).toBe(countOf(textOf(first.terminal), "\n$ "));
  });

  it("is whole after a viewer's connection was cut while it printed, whatever was missed", async () => {
    const { port } = await serve();
    const proxy = await proxyTo(port);
    shareShell(port);
    const steady = view(port);
    const cut = view(proxy.port);
    await untilText(cut, /\$ $/m);
    for (const [count, from] of [
      [300, 1],
      [30_000, 1_001],
    ] as const) {
      proxy.cut();
      await until(cut, () => cut.attachment.getSnapshot().status === "catching-up");
      steady.attachment.write(`seq -f 'number %.0f' ${from} ${from + count}; echo all-of-$((${count}+0))\r`);
      await untilText(steady, new RegExp(`^all-of-${count}$`, "m"));
      proxy.restore();
      await untilText(cut, new RegExp(`^all-of-${count}$`, "m"));
      await untilSame(cut, steady.terminal);
    }
  });

  it("loses and doubles nothing of 3 MB when the owner's connection is cut meanwhile", async () => {
    const { port } = await serve();
    const proxy = await proxyTo(port);
    const line = "line %.0f of the three megabytes that must come whole, and once";
    const expected = createTerminal({ cols: 80, rows: 24 });
    let bytes = 0;
    for (let n = 1; n <= 45_000; n += 1) {
      const text = `${line.replace("%.0f", String(n))}\r\n`;
      feed(expected, text);
      bytes += text.length;
    }
    feed(expected, "done");
    const viewer = view(port);
    // It waits for a key, so that nothing is printed before anybody looks.
    const shared = share(proxy.port, "bash", [
      "-c",
      `read -rsn1; seq -f '${line}' 1 45000; printf done; read -rsn1`,
    ]);
    await until(viewer, () => viewer.attachment.getSnapshot().status === "live");
    viewer.attachment.write("x");
    for (const cutAt of [200_000, 1_200_000, 2_200_000]) {
      await until(viewer, () => viewer.attachment.getSnapshot().offset > cutAt);
      proxy.cut();
      await new Promise<void>((resolve) => {
        const off = shared.subscribe(() => {
          if (shared.getSnapshot().name !== "away") return;
          off();
          resolve();
        });
      });
      proxy.restore();
    }
    await untilText(viewer, /^done/m);
    await untilSame(viewer, expected);
    expect(viewer.attachment.getSnapshot().offset).toBe(bytes + "done".length);
  });

  it("outlives its server: same process, same screen, and what was typed in between arrives once", async () => {
    const first = await serve();
    const { port } = first;
    const shared = shareShell(port);
    const viewer = view(port);
    await untilText(viewer, /\$ $/m);
    viewer.attachment.resize(60, 12);
    await until(viewer, () => viewer.terminal.cols === 60);
    viewer.attachment.write("echo shell=$$.; seq 1 50 | tr '\\n' ' '\r");
    await untilText(viewer, /^shell=\d+\.[\s\S]* 50 /m);
    const before = /^shell=(\d+)\./m.exec(textOf(viewer.terminal))?.[1];
    expect(before).toBe(String(shared.pid));

    await first.server.close();
    await until(viewer, () => viewer.attachment.getSnapshot().status === "catching-up");
    viewer.attachment.write("echo still=$$. gap-$((40+2))\r");
    expect(viewer.attachment.getSnapshot().pendingInput).toBeGreaterThan(0);
    await serve(port);
    await untilText(viewer, /^still=\d+\. gap-42$/m);
    const text = textOf(viewer.terminal);
    expect(/^still=(\d+)\./m.exec(text)?.[1]).toBe(before);
    expect(countOf(text, "gap-42")).toBe(1);
    expect(viewer.attachment.getSnapshot()).toMatchObject({ pendingInput: 0, droppedInput: 0 });

    const fresh = view(port);
    await untilText(fresh, /^still=\d+\. gap-42$/m);
    await untilSame(fresh, viewer.terminal);
  });

  it("is as small as its smallest viewer again when that one is back from a cut", async () => {
    const { port } = await serve();
    const proxy = await proxyTo(port);
    share(port, "bash", ["--norc", "--noprofile"], { resizePolicy: "smallest" });
    const large = view(port);
    const small = view(proxy.port);
    await untilText(small, /\$ $/m);
    large.attachment.resize(90, 20);
    small.attachment.resize(50, 30);
    await until(large, () => large.terminal.cols === 50 && large.terminal.rows === 20);
    proxy.cut();
    await until(large, () => large.terminal.cols === 90);
    proxy.restore();
    await until(large, () => large.terminal.cols === 50 && large.terminal.rows === 20);
  });

  it("shows its last screen and its exit to one who comes too late", async () => {
    const { port } = await serve();
    const shared = share(port, "bash", ["-c", "printf 'last words'; exit 7"]);
    expect(await shared.exited).toEqual({ exitCode: 7 });
    const late = view(port);
    await until(late, () => late.attachment.getSnapshot().status === "exited");
    await untilText(late, /^last words$/m);
    expect(late.attachment.getSnapshot().exitCode).toBe(7);
  });

  it("refuses what is typed from elsewhere when it is shared to be watched only", async () => {
    const { port } = await serve();
    share(port, "bash", ["--norc", "--noprofile"], { readOnly: true });
    const viewer = view(port);
    await untilText(viewer, /\$ $/m);
    viewer.attachment.write("echo no-$((1+1))\r");
    await until(viewer, () => viewer.attachment.getSnapshot().droppedInput > 0);
    expect(textOf(viewer.terminal)).not.toContain("no-");
  });
});
