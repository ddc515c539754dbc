import type { Wire } from "../../connection/transport.ts";
import type { TerminalRegisterAck } from "../../protocol/index.ts";
import type { MemoryNetwork } from "../memory-transport.ts";
import { createOwnerHistory } from "./owner-history.ts";

/** The terminal of a session, with its process played by the test. Calls are carried out one after the other. */
export interface MockTerminal {
  /** Output of the process. Resolves once the server has stored it. */
  write(data: string | Uint8Array): Promise<void>;
  resize(cols: number, rows: number): Promise<void>;
  /** The process ends. Default: with 0. */
  exit(exitCode?: number): Promise<void>;
  /** What viewers typed, in order. */
  readonly typed: readonly string[];
  /** The owner's connection is lost: viewers see `owner-lost`, until the next call brings it back. */
  lose(): void;
}

export interface TerminalOwner extends MockTerminal {
  /** The server is another one: what it does not know is told again, or forgotten here too. */
  moved(isKept: boolean): void;
}

export interface TerminalOwnerDeps {
  /** A network without faults, to the server that answers now. */
  readonly network: MemoryNetwork;
  readonly projectId: string;
  readonly sessionId: string;
}

/** Owns a terminal as an agent does, over a connection of its own. */
export function createTerminalOwner({ network, projectId, sessionId }: TerminalOwnerDeps): TerminalOwner {
  const ptyId = "mock";
  const typed: string[] = [];
  const history = createOwnerHistory();
  let key: Pick<TerminalRegisterAck, "epoch" | "resumeKey"> | undefined;
  let size: { readonly cols: number; readonly rows: number } | undefined;
  let line: { readonly wire: Promise<Wire>; close(): void } | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const ask = <A>(wire: Wire, event: string, payload: object): Promise<A> =>
    new Promise((resolve, reject) => {
      wire.request(event, payload, (ack) => {
        // The server's own acks.
        const answer = ack as { success: boolean; error?: string };
        if (answer.success) resolve(answer as A);
        else reject(new Error(`${event} of ${sessionId}: ${answer.error}`));
      });
    });

  async function register(wire: Wire): Promise<Wire> {
    const resume = key === undefined ? {} : { resume: { ...key, from: history.from, offset: history.end } };
    const ack = await ask<TerminalRegisterAck>(wire, "terminal:register", {
      ...{ sessionId, ptyId, projectId, ...size, ...resume },
    });
    if (key !== undefined && ack.epoch !== key.epoch) history.restart();
    key = { epoch: ack.epoch, resumeKey: ack.resumeKey };
    if (ack.offset < history.end) {
      const data = history.after(ack.offset);
      await ask(wire, "terminal:output", { ptyId, data, offset: ack.offset });
    }
    return wire;
  }

  function open(): NonNullable<typeof line> {
    const transport = network.connect({ url: "memory:", timeoutMs: 1_000 });
    const auth = { projectId, clientId: `mock-owner.${sessionId}`.slice(0, 128), protocol: 1 };
    const joined = new Promise<Wire>((resolve, reject) => {
      const wire = transport.join("/ui", auth, {
        joined: () => resolve(wire),
        event(name, payload, reply) {
          // What the server asks owners for (protocol section 8).
          if (name === "terminal:input") typed.push(String((payload as { data: unknown }).data));
          reply?.({ success: true });
        },
        closed(cause) {
          reject(new Error(`the owner of ${sessionId} is disconnected: ${cause.kind}`));
          if (line === opened) line = undefined;
        },
      });
    });
    const wire = joined.then(register);
    wire.catch(() => undefined);
    const opened = { wire, close: () => transport.close() };
    return opened;
  }

  function run<T>(task: (wire: Wire) => Promise<T>): Promise<T> {
    const done = last.then(async () => {
      line ??= open();
      return task(await line.wire);
    });
    last = done.catch(() => undefined);
    return done;
  }

  function lose(): void {
    line?.close();
    line = undefined;
  }

  const appear = (): void => void run(async () => undefined).catch(() => undefined);
  // A terminal is there as soon as it is spoken of; who writes to it hears what is wrong.
  appear();

  return {
    typed,
    write: (data) =>
      run(async (wire) => {
        const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
        const offset = history.end;
        history.add(bytes);
        await ask(wire, "terminal:output", { ptyId, data: bytes, offset });
      }),
    resize: (cols, rows) =>
      run(async (wire) => {
        size = { cols, rows };
        await ask(wire, "terminal:resized", { ptyId, cols, rows, offset: history.end });
      }),
    exit: (exitCode = 0) =>
      run(async (wire) => {
        await ask(wire, "terminal:exit", { ptyId, exitCode, offset: history.end });
      }),
    lose,
    moved(isKept) {
      lose();
      if (isKept) appear();
    },
  };
}
