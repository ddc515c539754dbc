import type { ClientAcks, ClientEventName, ClientPayload, ConnectionStatus } from "../protocol/index.ts";

export interface RequestOptions {
  /** Default 10,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * All that a part knows of the network: a namespace that is up or down. Handlers are registered once and hear
 * every socket that ever carries the namespace; a socket that was replaced is never heard again.
 */
export interface Link {
  /** What the server said first on the current socket; `undefined` while down. */
  readonly up: ConnectionStatus | undefined;
  /** Sends without an ack; `false` when down, and then nothing was sent. */
  send(event: string, payload: unknown): boolean;
  /**
   * Sends and resolves with the ack's fields.
   * @throws HoldfastError of the server's code; `OFFLINE` when down (nothing was sent) or the link went down meanwhile
   * (it may have been carried out); `TIMEOUT`; `CLOSED`; `PAYLOAD_TOO_LARGE` for a frame over 1 MiB (nothing was sent).
   */
  request<E extends ClientEventName>(
    event: E,
    payload: ClientPayload<E>,
    options?: RequestOptions,
  ): Promise<ClientAcks[E]>;
  /** Hears a server event; `reply` answers the server's request for an ack. Returns how to stop. */
  on(event: string, listener: (payload: unknown, reply?: (answer: unknown) => void) => void): () => void;
  /** Hears every server event, before those who named it. */
  onAny(listener: (event: string, payload: unknown) => void): () => void;
  /** Told after `connection_status`, before any later event of that socket. */
  onUp(listener: (status: ConnectionStatus) => void): () => void;
  onDown(listener: () => void): () => void;
}
