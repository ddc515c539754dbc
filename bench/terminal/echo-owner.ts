import { openPty } from "../../sdk/agent/pty.ts";
import { act } from "../actor.ts";
import { type OwnerEnd, ownBare, ownWithHoldfast } from "./clients.ts";

/* The owner of a real shell, in a process of its own. */
act({
  async start(kind: "holdfast" | "bare", port: number) {
    const pty = openPty({
      file: "bash",
      args: ["--norc", "--noprofile"],
      cols: 80,
      rows: 24,
      env: { ...process.env, PS1: "$ ", HISTFILE: "" },
    });
    // The prompt may come first.
    let early: Uint8Array[] | undefined = [];
    let print = (bytes: Uint8Array): void => void early?.push(bytes);
    pty.onData((bytes) => print(bytes));
    const wishes = {
      port,
      sessionId: "s1",
      cols: 80,
      rows: 24,
      onInput: (text: string) => pty.write(text),
    };
    const owner: OwnerEnd = await (kind === "holdfast" ? ownWithHoldfast(wishes) : ownBare(wishes));
    print = (bytes) => void owner.print(bytes);
    for (const bytes of early.splice(0)) print(bytes);
    early = undefined;
    process.on("disconnect", () => pty.kill("SIGKILL"));
  },
});
