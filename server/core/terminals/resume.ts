import type { TerminalRegister } from "../../../sdk/protocol/index.ts";
import { toBytes } from "./encoding.ts";
import type { Size } from "./size.ts";

/** What a register does to the stream of its session. */
export type Start =
  /** The stream goes on where the server has it to; `head` is how far the owner has it. */
  | { readonly kind: "continue"; readonly head: number }
  /** The server has no such stream: it begins where the owner can still tell the state, in the owner's epoch. */
  | {
      readonly kind: "adopt";
      readonly epoch: string;
      readonly head: number;
      readonly offset: number;
      readonly size: Size;
      readonly screen?: Uint8Array;
    }
  /** Nothing to go on from: a new epoch from 0. */
  | { readonly kind: "anew"; readonly size: Size };

/** @param known the stream the server has of this session */
export function startOf(
  known: { readonly epoch: string; readonly received: number } | undefined,
  { resume, cols, rows }: Pick<TerminalRegister, "resume" | "cols" | "rows">,
): Start {
  const anew: Start = { kind: "anew", size: { cols, rows } };
  if (resume === undefined) return anew;
  const { epoch, from, offset: head, snapshot } = resume;
  if (known?.epoch === epoch) {
    if (from <= known.received && known.received <= head) return { kind: "continue", head };
    // What the server has goes further than the owner's stream: not the same stream, whatever it is called.
    if (known.received > head) return anew;
  }
  if (from === 0) return { kind: "adopt", epoch, head, offset: 0, size: { cols, rows } };
  if (snapshot !== undefined && snapshot.offset >= from && snapshot.offset <= head) {
    const { offset, data } = snapshot;
    const size = { cols: snapshot.cols, rows: snapshot.rows };
    return { kind: "adopt", epoch, head, offset, size, screen: toBytes(data) };
  }
  return anew;
}
