import { Fault } from "../fault.ts";
import type { Caller } from "../handler.ts";
import type { Size } from "./size.ts";
import type { Typist } from "./typist.ts";

/** Names an input whoever sends it, so that an owner can tell one that a server sends after another was killed. */
interface InputId {
  readonly source: string;
  readonly inputSeq: number;
}

/** The process with the PTY, as a terminal reaches it. */
export interface Owner {
  /** Of its socket, for the log. */
  readonly connectionId: string;
  readonly isOld: boolean;
  /** It is connected to another server, where its output was made harmless and input sent again is told from new input. */
  readonly isElsewhere: boolean;
  /** Resolves when the owner took it; an old owner is taken to. @throws Fault `UNAVAILABLE` */
  input(data: string, typist?: Typist): Promise<void>;
  resize(size: Size): void;
  flow(paused: boolean): void;
  /** It does not do what it must: it is to come again. */
  disconnect(): void;
  /** Nobody here wants a size any more. */
  left(): void;
  /** The terminal is no more: its session was removed, or the server stops. */
  over(reason: string | undefined): void;
}

/** @param ackMs how long the owner may take to ack input */
export function createOwner({ peer, isOld }: Caller, ptyId: string, ackMs: number): Owner {
  return {
    connectionId: peer.id,
    isOld,
    isElsewhere: false,
    async input(data, typist) {
      if (isOld) return peer.send("terminal:input", { ptyId, data });
      let ack: unknown;
      try {
        ack = await peer.request("terminal:input", { ptyId, data, ...idOf(typist) }, ackMs);
      } catch {
        // Whether it was typed is not known, so it is never typed again: a key lost is seen, a key doubled may do harm.
        throw new Fault("UNAVAILABLE", "The owner of the terminal did not confirm the input");
      }
      if (isRefusal(ack)) throw new Fault("UNAVAILABLE", "The owner of the terminal refused the input");
    },
    resize: ({ cols, rows }) => peer.send("terminal:resize", { ptyId, cols, rows }),
    flow: (paused) => peer.send("terminal:flow", { ptyId, paused }),
    disconnect: () => peer.close(),
    left: () => undefined,
    over(reason) {
      if (!isOld) peer.send("terminal:exit", { ptyId, reason });
    },
  };
}

function isRefusal(ack: unknown): boolean {
  return typeof ack === "object" && ack !== null && "success" in ack && ack.success === false;
}

function idOf(typist: Typist | undefined): InputId | undefined {
  const { source, inputSeq } = typist ?? {};
  return source === undefined || inputSeq === undefined ? undefined : { source, inputSeq };
}
