import type { TerminalWatch } from "../../../sdk/protocol/index.ts";
import type { Peer } from "../ports/peer.ts";
import type { ViewerSink } from "./viewer-sink.ts";

/** How a viewer wants to be served. */
export interface ViewerOptions extends Pick<TerminalWatch, "encoding" | "history" | "priority" | "packed"> {
  readonly window?: number | undefined;
  readonly sink: ViewerSink;
  /** Set when the sink is a socket: viewers at one place share a multicast. */
  readonly peer?: Peer;
  /** A viewer that never acked is paced by what its socket drains, and gets snapshots as ordinary output. */
  readonly pacedBy: "acks" | "socket";
}
