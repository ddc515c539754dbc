/**
 * Short messages between the servers of a cluster. Every server that listens to a topic hears its messages in one order,
 * the sender its own too, each once. While a server is cut off it hears nothing, and what it says is lost.
 */
export interface Bus {
  publish(topic: string, message: unknown): void;
  /** Returns how to stop. */
  subscribe(topic: string, listener: (message: unknown) => void): () => void;
  /** Calls whenever a server hears and is heard again after it was cut off. */
  onUp(listener: () => void): () => void;
}
