import { io, type Socket } from "socket.io-client";
import { createOwner, type Owner } from "../../sdk/agent/owner.ts";
import { createClient } from "../../sdk/client.ts";
import { INTERNALS } from "../../sdk/connection/internals.ts";
import type { Client } from "../../sdk/interface.ts";
import { type Attachment, attachTerminal } from "../../sdk/terminal/attach-terminal.ts";
import type { TerminalLike } from "../../sdk/terminal/terminal-like.ts";

/** The side that has the program, of either kind. */
export interface OwnerEnd {
  /** Resolves when more may follow. */
  print(bytes: Uint8Array): Promise<void> | undefined;
  end(): void;
}

export interface ViewerEnd {
  type(text: string): void;
  /** Resolves when so many bytes of the stream are on the screen, sent one by one or stood for by a snapshot. */
  until(offset: number): Promise<void>;
  end(): void;
}

export interface OwnerWishes {
  readonly port: number;
  readonly sessionId: string;
  readonly cols: number;
  readonly rows: number;
  onInput?(text: string): void;
}

const TIMINGS = { backoffBaseMs: 20, backoffCapMs: 60 };

export function openClient(port: number, namespace: "/ui" | "/cli" = "/ui", sessionId = "s1"): Client {
  const client = createClient({
    url: `http://127.0.0.1:${port}`,
    projectId: "p1",
    namespace,
    ...(namespace === "/cli" ? { sessionId } : {}),
    timings: TIMINGS,
    onError: console.error,
  });
  client.connect().catch(console.error);
  return client;
}

/** Several terminals may be owned by one client, as an agent does. */
export async function ownWithHoldfast(wishes: OwnerWishes, client?: Client): Promise<OwnerEnd> {
  const { port, sessionId, cols, rows, onInput = () => {} } = wishes;
  const own = client ?? openClient(port, "/cli", sessionId);
  const internals = own[INTERNALS];
  let resume = (): void => {};
  let paused: Promise<void> | undefined;
  const owner: Owner = createOwner({
    link: internals.link("/cli"),
    sessionId,
    ptyId: internals.createId(),
    readOnly: false,
    resizePolicy: "owner",
    cols,
    rows,
    schedule: internals.schedule,
    onInput,
    onResize() {},
    onFlow(isPaused) {
      if (!isPaused) return resume();
      paused = new Promise((resolve) => {
        resume = () => {
          paused = undefined;
          resolve();
        };
      });
    },
    onError: console.error,
  });
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (owner.state.getSnapshot().name === "sharing") resolve();
    };
    owner.state.subscribe(look);
    look();
  });
  return {
    print(bytes) {
      owner.output(bytes);
      return paused;
    },
    end() {
      owner.dispose();
      if (client === undefined) void own.close();
    },
  };
}

export function watchWithHoldfast(
  port: number,
  terminal: TerminalLike,
  sessionId = "s1",
): Promise<ViewerEnd & { readonly attachment: Attachment }> {
  const client = openClient(port);
  const attachment = attachTerminal(client, { sessionId, terminal });
  return new Promise((resolve) => {
    const end = {
      attachment,
      type: attachment.write,
      until: (offset: number) =>
        new Promise<void>((reached) => {
          const stop = attachment.subscribe(() => look());
          const look = (): void => {
            if (attachment.getSnapshot().offset < offset) return;
            stop();
            reached();
          };
          look();
        }),
      end() {
        attachment.detach();
        void client.close();
      },
    };
    const off = attachment.subscribe(() => {
      if (attachment.getSnapshot().status !== "live") return;
      off();
      resolve(end);
    });
  });
}

const connected = (port: number): Promise<Socket> =>
  new Promise((resolve) => {
    const socket = io(`http://127.0.0.1:${port}`, { transports: ["websocket"], forceNew: true });
    socket.once("connect", () => resolve(socket));
  });

/** As much under way as the owner of the SDK has, or the queue would be all that is measured. */
const BARE_WINDOW_BYTES = 512 * 1_024;

export async function ownBare({ port, sessionId, onInput }: OwnerWishes): Promise<OwnerEnd> {
  const socket = await connected(port);
  socket.emit("own", sessionId);
  socket.on("input", (_: string, text: string) => onInput?.(text));
  let unacked = 0;
  let resume = (): void => {};
  return {
    print(bytes) {
      unacked += bytes.length;
      socket.emit("output", sessionId, bytes, () => {
        unacked -= bytes.length;
        if (unacked < BARE_WINDOW_BYTES) resume();
      });
      if (unacked < BARE_WINDOW_BYTES) return undefined;
      return new Promise((resolve) => {
        resume = resolve;
      });
    },
    end: () => void socket.disconnect(),
  };
}

export async function watchBare(
  port: number,
  terminal: Pick<TerminalLike, "write">,
  sessionId = "s1",
): Promise<ViewerEnd> {
  const socket = await connected(port);
  let parsed = 0;
  let onParsed = (): void => {};
  socket.on("output", (_: string, data: Uint8Array) =>
    terminal.write(data, () => {
      parsed += data.length;
      onParsed();
    }),
  );
  await socket.emitWithAck("watch", sessionId);
  return {
    type: (text) => void socket.emit("input", sessionId, text),
    until: (offset) =>
      new Promise((reached) => {
        onParsed = () => {
          if (parsed >= offset) reached();
        };
        onParsed();
      }),
    end: () => void socket.disconnect(),
  };
}
