import type { Conditions } from "../conditions.ts";
import type { Carried, WireConnections } from "./connections.ts";
import type { Frame } from "./engine.ts";

/** What a request is answered with: a body, or nothing because the network broke. */
export type PollAnswer = { readonly status: number; readonly body: string } | "network error";

/** Engine.IO over HTTP long-polling, for where no WebSocket can be opened. */
export interface Polls {
  answer(method: string, sid: string | null, body: string): Promise<PollAnswer>;
}

interface Poll {
  readonly carried: Carried;
  readonly waiting: string[];
  isOver: boolean;
  wake?: (answer: PollAnswer) => void;
}

/** Between the packets of one body (Engine.IO 4). */
const SEPARATOR = "\x1e";
const OK = { status: 200, body: "ok" };

export function createPolls(connections: WireConnections, conditions: Conditions): Polls {
  const polls = new Map<string, Poll>();

  function flush(sid: string, poll: Poll): void {
    const { wake, waiting } = poll;
    if (wake === undefined || waiting.length === 0) return;
    delete poll.wake;
    wake({ status: 200, body: waiting.splice(0).join(SEPARATOR) });
    if (poll.isOver) polls.delete(sid);
  }

  function next(sid: string, poll: Poll): Promise<PollAnswer> {
    return new Promise((resolve) => {
      poll.wake?.({ status: 400, body: "" });
      poll.wake = resolve;
      flush(sid, poll);
    });
  }

  function open(): Promise<PollAnswer> {
    let sid = "";
    const waiting: string[] = [];
    const poll: Poll = {
      waiting,
      isOver: false,
      carried: connections.open({
        send(frame) {
          if (sid === "") {
            // The first frame is the handshake, a `0` and JSON with the sid that later requests carry.
            sid = (JSON.parse(String(frame).slice(1)) as { sid: string }).sid;
            polls.set(sid, poll);
            poll.wake = opened;
          }
          waiting.push(textOf(frame));
          flush(sid, poll);
        },
        close() {
          poll.isOver = true;
          waiting.push("1");
          flush(sid, poll);
        },
        cut() {
          polls.delete(sid);
          (poll.wake ?? opened)("network error");
        },
      }),
    };
    let opened: (answer: PollAnswer) => void;
    return new Promise((resolve) => {
      opened = resolve;
    });
  }

  return {
    async answer(method, sid, body) {
      if (conditions.isOffline) return "network error";
      if (sid === null) return method === "GET" ? open() : { status: 400, body: "" };
      const poll = polls.get(sid);
      if (poll === undefined) return { status: 400, body: '{"code":1,"message":"Session ID unknown"}' };
      if (method === "GET") return next(sid, poll);
      for (const packet of body.split(SEPARATOR)) poll.carried.take(frameOf(packet));
      return OK;
    },
  };
}

function textOf(frame: Frame): string {
  if (typeof frame === "string") return frame;
  let bytes = "";
  for (const byte of new Uint8Array(frame)) bytes += String.fromCharCode(byte);
  return `b${btoa(bytes)}`;
}

function frameOf(packet: string): Frame {
  if (!packet.startsWith("b")) return packet;
  return Uint8Array.from(atob(packet.slice(1)), (char) => char.charCodeAt(0)).buffer;
}
