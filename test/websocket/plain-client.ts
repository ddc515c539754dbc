import { once } from "node:events";
import { onTestFinished } from "vitest";
import { type ClientOptions, WebSocket } from "ws";
import { PATIENCE_MS } from "../support/patience.ts";

/** A frame of the server, read field by field. */
export type Told = { readonly type: string } & Readonly<Record<string, unknown>>;

export interface Plain {
  readonly socket: WebSocket;
  /** Every frame so far. */
  readonly frames: readonly Told[];
  say(frame: unknown): void;
  /** The first frame of this type that was not asked for before. */
  next(type: string): Promise<Told>;
  /** Resolves once a frame fits; looks at those that came before too. */
  until(fits: (frame: Told) => boolean): Promise<Told>;
  /** The code and the reason it was closed with. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

/** A bare `ws` client, open; terminated when the test is over. */
export async function openPlain(
  url: string,
  query: Readonly<Record<string, string>> = {},
  { path = "/ws", protocols = [], ...options }: ClientOptions & { path?: string; protocols?: string[] } = {},
): Promise<Plain> {
  const target = `${url.replace("http", "ws")}${path}?${new URLSearchParams(query).toString()}`;
  const socket = new WebSocket(target, protocols, options);
  onTestFinished(() => socket.terminate());
  const frames: Told[] = [];
  const taken = new Set<Told>();
  socket.on("error", () => undefined);
  socket.on("message", (data) => frames.push(JSON.parse((data as Buffer).toString()) as Told));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once("close", (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  await once(socket, "open", { signal: AbortSignal.timeout(PATIENCE_MS) });

  async function until(fits: (frame: Told) => boolean): Promise<Told> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      const found = frames.find(fits);
      if (found !== undefined) return found;
      await once(socket, "message", { signal }).catch((error: unknown) => {
        throw new Error(`no such frame; there are ${JSON.stringify(frames).slice(0, 2_000)}`, {
          cause: error,
        });
      });
    }
  }
  return {
    socket,
    frames,
    closed,
    say: (frame) => socket.send(typeof frame === "string" ? frame : JSON.stringify(frame)),
    async next(type) {
      const found = await until((frame) => frame.type === type && !taken.has(frame));
      taken.add(found);
      return found;
    },
    until,
  };
}

/** How an upgrade was refused. */
export async function refusedUpgrade(
  url: string,
  query: Readonly<Record<string, string>>,
  { path = "/ws", protocols = [], ...options }: ClientOptions & { path?: string; protocols?: string[] } = {},
): Promise<{ status: number; type: string | undefined; body: Told }> {
  const target = `${url.replace("http", "ws")}${path}?${new URLSearchParams(query).toString()}`;
  const socket = new WebSocket(target, protocols, options);
  socket.on("error", () => undefined);
  const [, response] = (await once(socket, "unexpected-response", {
    signal: AbortSignal.timeout(PATIENCE_MS),
  })) as [unknown, import("node:http").IncomingMessage];
  let text = "";
  for await (const chunk of response) text += String(chunk);
  return {
    status: response.statusCode ?? 0,
    type: response.headers["content-type"],
    body: JSON.parse(text) as Told,
  };
}
