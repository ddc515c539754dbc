import { onTestFinished } from "vitest";
import { type SharedTerminal, type ShareOptions, shareTerminal } from "../../sdk/agent/share-terminal.ts";
import { createClient } from "../../sdk/client.ts";
import type { Client } from "../../sdk/interface.ts";
import type { ClientOptions } from "../../sdk/options.ts";
import { type Attachment, type AttachOptions, attachTerminal } from "../../sdk/terminal/attach-terminal.ts";
import { createServer, type Server } from "../../server/index.ts";
import { dumpState, type Terminal } from "../emulator/state-dump.ts";
import { createBareTerminal, differences } from "../emulator/terminals.ts";
import { PATIENCE_MS } from "../support/patience.ts";

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
const TIMINGS = { backoffBaseMs: 20, backoffCapMs: 60 };
const HISTORY = 1_000;

export interface RunningServer {
  readonly server: Server;
  readonly port: number;
}

/** A real server with nothing on disk; closed when the test is over, unless it was before. */
export async function serve(port = 0): Promise<RunningServer> {
  const server = await createServer({ store: "memory", logger: SILENT, pages: {} });
  onTestFinished(() => server.close());
  return { server, port: (await server.listen({ port })).port };
}

function openClient(port: number, options: Partial<ClientOptions> = {}): Client {
  const client = createClient({
    url: `http://127.0.0.1:${port}`,
    projectId: "p1",
    timings: TIMINGS,
    onError: () => {},
    ...options,
  });
  onTestFinished(() => client.close());
  client.connect().catch(() => {});
  return client;
}

/** A program in a real PTY, shared as session `s1` over the given port. */
export function share(
  port: number,
  file: string,
  args: readonly string[],
  options: Partial<ShareOptions> = {},
): SharedTerminal {
  const client = openClient(port, { namespace: "/cli", sessionId: "s1" });
  const shared = shareTerminal(client, {
    sessionId: "s1",
    file,
    args,
    env: { ...process.env, PS1: "$ ", HISTFILE: "" },
    ...options,
  });
  onTestFinished(async () => {
    shared.kill("SIGKILL");
    await shared.exited;
  });
  return shared;
}

export const shareShell = (port: number): SharedTerminal => share(port, "bash", ["--norc", "--noprofile"]);

export interface Viewer {
  readonly client: Client;
  readonly attachment: Attachment;
  readonly terminal: Terminal;
}

export function view(port: number, options: Partial<AttachOptions> = {}): Viewer {
  const client = openClient(port);
  const terminal = createBareTerminal({ cols: 100, rows: 30 }, HISTORY);
  const attachment = attachTerminal(client, { sessionId: "s1", terminal, ...options });
  onTestFinished(attachment.detach);
  return { client, attachment, terminal };
}

/** Everything a terminal holds, wrapped lines joined. */
export function textOf({ buffer: { active } }: Terminal): string {
  let text = "";
  for (let y = 0; y < active.length; y += 1) {
    const line = active.getLine(y);
    text += `${line?.isWrapped === true ? "" : "\n"}${line?.translateToString(true) ?? ""}`;
  }
  return text;
}

const unlike = (left: Terminal, right: Terminal): string[] =>
  differences(dumpState(left, HISTORY), dumpState(right, HISTORY)).slice(0, 5);

/** Resolves once `isSo`, looked at after everything that is parsed or changes. */
export function until(
  { terminal, attachment }: Pick<Viewer, "terminal" | "attachment">,
  isSo: () => boolean,
  whatIsMissing: () => string = () => textOf(terminal).trimEnd().slice(-400),
): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      clearTimeout(late);
      parsed.dispose();
      off();
      settle();
    };
    const look = (): void => {
      if (isSo()) end(resolve);
    };
    const late = setTimeout(
      () =>
        end(() =>
          reject(new Error(`${JSON.stringify(attachment.getSnapshot())}; the screen:\n${whatIsMissing()}`)),
        ),
      PATIENCE_MS,
    );
    const parsed = terminal.onWriteParsed(look);
    const off = attachment.subscribe(look);
    look();
  });
}

export const untilText = (viewer: Viewer, pattern: RegExp): Promise<void> =>
  until(viewer, () => pattern.test(textOf(viewer.terminal)));

/** Resolves once both terminals are the same, to the last mode. */
export const untilSame = (viewer: Viewer, other: Terminal): Promise<void> =>
  until(
    viewer,
    () => unlike(viewer.terminal, other).length === 0,
    () => unlike(viewer.terminal, other).join("\n"),
  );
