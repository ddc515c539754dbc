import type { RequestHandler, WebSocketHandler } from "msw";
import type { Conditions } from "../conditions.ts";
import type { WireConnections } from "./connections.ts";
import { exactBuffer } from "./exact-buffer.ts";
import { msw } from "./msw-module.ts";
import { createPolls } from "./polls.ts";
import { inRealTask } from "./real-task.ts";

export interface MswHandlersOptions {
  readonly url: string;
  readonly connections: WireConnections;
  readonly conditions: Conditions;
}

type Msw = typeof import("msw");
type Link = ReturnType<Msw["ws"]["link"]>;

/** What arrives in a `message` of a WebSocket. */
type Data = string | ArrayBuffer | ArrayBufferView | Blob;

/** Handlers for msw's `setupServer` and `setupWorker`. @throws Error when msw is not installed */
export function createMswHandlers(options: MswHandlersOptions): (RequestHandler | WebSocketHandler)[] {
  if (msw === undefined)
    throw new Error("mock.handlers needs msw: install it, or use mock.clientOptions, which need no network");
  const { connections, conditions } = options;
  const { http, HttpResponse, ws } = msw;
  const place = placeOf(options.url);
  const polls = createPolls(connections, conditions);

  const socket = linkTo(ws, place.socket).addEventListener("connection", ({ client }) => {
    if (!client.url.pathname.endsWith("/socket.io/")) {
      inRealTask(() => client.close(1008, "The mock speaks Socket.IO only"));
      return;
    }
    if (conditions.isOffline) return fail(client);
    let isOver = false;
    const carried = connections.open({
      send: (frame) => client.send(frame),
      // A frame sent just before is lost when the socket closes within the same task.
      close: () => inRealTask(() => client.close(1000)),
      cut() {
        isOver = true;
        client.close(1006);
      },
    });
    /** Blobs are read before what came after them is taken. */
    let reading: Promise<void> | undefined;
    client.addEventListener("message", (message: { readonly data: unknown }) => {
      // As the WebSocket of the platform has it.
      const data = message.data as Data;
      if (reading === undefined && !isBlob(data)) return carried.take(frameOf(data));
      reading = (reading ?? Promise.resolve()).then(async () =>
        carried.take(isBlob(data) ? await data.arrayBuffer() : frameOf(data)),
      );
    });
    client.addEventListener("close", () => {
      if (isOver) return;
      if (reading === undefined) carried.ended();
      else void reading.then(carried.ended);
    });
  });

  const poll = http.all(place.polls, async ({ request }) => {
    const { searchParams } = new URL(request.url);
    const answer = await polls.answer(request.method, searchParams.get("sid"), await request.text());
    if (answer === "network error") return HttpResponse.error();
    return new HttpResponse(answer.body, {
      status: answer.status,
      headers: { "Content-Type": "text/plain; charset=UTF-8" },
    });
  });
  return [socket, poll];
}

/**
 * One link for each place: msw never lets go of what a link listens to, and a test makes many mocks of one place.
 * What a link knows of its connections is not used.
 */
const links = new WeakMap<object, Map<string, Link>>();

function linkTo(ws: Msw["ws"], place: RegExp): Link {
  const known = links.get(ws) ?? new Map<string, Link>();
  links.set(ws, known);
  const link = known.get(place.source) ?? ws.link(place);
  known.set(place.source, link);
  return link;
}

function frameOf(data: string | ArrayBuffer | ArrayBufferView): string | ArrayBuffer {
  return typeof data === "string" ? data : exactBuffer(data);
}

/** A connection that cannot be made ends with an `error` before its `close`: without one clients wait for a timeout. */
function fail(client: { close(code?: number): void }): void {
  // The socket is there in every version of msw, and missing from the type of its handle.
  const { socket } = client as { readonly socket?: EventTarget };
  socket?.dispatchEvent(new Event("error"));
  client.close(1006);
}

/** Where Socket.IO is asked for; msw takes its own path away from the URL of a WebSocket that has no other. */
function placeOf(url: string): { readonly socket: RegExp; readonly polls: RegExp } {
  const { hostname, port, pathname } = new URL(url);
  const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const host = escaped(hostname) + (port === "" ? "(?::(?:80|443))?" : `:${port}`);
  const base = escaped(pathname.replace(/\/$/, ""));
  return {
    socket: new RegExp(`^wss?://${host}${base}(?:/socket\\.io)?/?$`),
    polls: new RegExp(`^https?://${host}${base}/socket\\.io/?$`),
  };
}

function isBlob(data: Data): data is Blob {
  return typeof data === "object" && "arrayBuffer" in data;
}
