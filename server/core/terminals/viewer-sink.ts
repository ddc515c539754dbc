/** Where a viewer's events go: a `Peer` is one, the plain-WebSocket bridge and the mock bring their own. */
export interface ViewerSink {
  /** `terminal:output`, `terminal:resized`, `terminal:exit`, `terminal:reset`, `terminal:activity`, `terminal:owner`. */
  send(event: string, payload: unknown): void;
  /** Bytes that were sent and have not left the process. */
  unsentBytes(): number;
  /** Calls back once when everything unsent has left, or nobody is there any more. */
  whenDrained(callback: () => void): void;
}
