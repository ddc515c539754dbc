import { Fault } from "../fault.ts";
import type { Caller } from "../handler.ts";
import type { Peer } from "../ports/peer.ts";
import type { Size } from "./size.ts";

/** Names an input whoever sends it, so that an owner can tell one that a server sends after another was killed. */
export interface InputId {
  readonly source: string;
  readonly inputSeq: number;
}

/** The process with the PTY, as a terminal reaches it. */
export interface Owner {
  readonly peer: Peer;
  readonly ptyId: string;
  readonly isOld: boolean;
  /** Resolves when the owner took it; an old owner is taken to. @throws Fault `UNAVAILABLE` */
  input(data: string, id?: InputId): Promise<void>;
  resize(size: Size): void;
  flow(paused: boolean): void;
  /** The terminal is no more: its session was removed, or the server stops. */
  over(reason: string | undefined): void;
}

/** @param ackMs how long the owner may take to ack input */
export function createOwner({ peer, isOld }: Caller, ptyId: string, ackMs: number): Owner {
  return {
    peer,
    ptyId,
    isOld,
    async input(data, id) {
      if (isOld) return peer.send("terminal:input", { ptyId, data });
      let ack: unknown;
      try {
        ack = await peer.request("terminal:input", { ptyId, data, ...id }, ackMs);
      } catch {
        // Whether it was typed is not known, so it is never typed again: a key lost is seen, a key doubled may do harm.
        throw new Fault("UNAVAILABLE", "The owner of the terminal did not confirm the input");
      }
      if (isRefusal(ack)) throw new Fault("UNAVAILABLE", "The owner of the terminal refused the input");
    },
    resize: ({ cols, rows }) => peer.send("terminal:resize", { ptyId, cols, rows }),
    flow: (paused) => peer.send("terminal:flow", { ptyId, paused }),
    over(reason) {
      if (!isOld) peer.send("terminal:exit", { ptyId, reason });
    },
  };
}

function isRefusal(ack: unknown): boolean {
  return typeof ack === "object" && ack !== null && "success" in ack && ack.success === false;
}
