/** Which servers of a cluster live. One that was silent for some seconds is gone; it may come back. */
export interface Members {
  isAlive(serverId: string): boolean;
  /** Tells that some server is gone. Returns how to stop. */
  onGone(listener: () => void): () => void;
}

/** A server without a cluster: whatever others there were are gone. */
export const ALONE: Members = { isAlive: () => false, onGone: () => () => undefined };
