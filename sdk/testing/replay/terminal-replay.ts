import type { MockProject } from "../second-user/mock-project.ts";
import { at, textAt } from "../suite/read.ts";

/** Terminals of a recording, played by their mock owners. Offsets are the mock's own. */
export interface TerminalReplay {
  /** What a recorded viewer was brought to; `false` for any other ack. */
  answered(event: string, ack: unknown): boolean;
  /** What it heard then; `false` for any other event. */
  heard(event: string, payload: unknown): Promise<boolean>;
}

export function createTerminalReplay(project: Pick<MockProject, "terminal">): TerminalReplay {
  /** An ack names no session; the records that follow it do. */
  let watched: unknown;

  async function begin(sessionId: string): Promise<void> {
    const terminal = project.terminal(sessionId);
    if (watched === undefined) return;
    const { cols, rows } = { cols: at(watched, "cols"), rows: at(watched, "rows") };
    if (typeof cols === "number" && typeof rows === "number") await terminal.resize(cols, rows);
    const data = dataOf(at(watched, "scrollback"));
    watched = undefined;
    await terminal.write(data);
  }

  return {
    answered(event, ack) {
      if (event !== "terminal:watch" || at(ack, "success") !== true) return false;
      watched = ack;
      return true;
    },
    async heard(event, payload) {
      if (!["terminal:output", "terminal:resized", "terminal:exit"].includes(event)) return false;
      const sessionId = textAt(payload, "sessionId");
      await begin(sessionId);
      const terminal = project.terminal(sessionId);
      if (event === "terminal:output") await terminal.write(dataOf(at(payload, "data")));
      else if (event === "terminal:exit") await terminal.exit(Number(at(payload, "exitCode") ?? 0));
      else await terminal.resize(Number(at(payload, "cols")), Number(at(payload, "rows")));
      return true;
    },
  };
}

/** Text, bytes, or what JSON makes of bytes. */
function dataOf(data: unknown): string | Uint8Array {
  if (typeof data === "string" || data instanceof Uint8Array) return data;
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  // An object by index, or nothing.
  return Uint8Array.from(Object.values((data ?? {}) as Readonly<Record<string, number>>));
}
