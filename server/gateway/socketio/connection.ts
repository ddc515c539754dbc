import { Backlog } from "./backlog.ts";
import type { EngineSocket } from "./engine.ts";

export interface ConnectionLimits {
  /** Without a joined namespace for this long a connection is closed. */
  readonly authenticateMs: number;
  /** What a connection may send before it joined its first namespace. */
  readonly strangerBytes: number;
}

/** An honest client tries a namespace once a connection, or a few times while its token is new. */
const MAX_REJECTIONS = 100;

/**
 * One Engine.IO connection: what its namespaces share, and a watch on it while it belongs to nobody yet, or to nobody
 * any more. A class: there is one per connection.
 */
export class Connection {
  /** Public, unlike the Engine.IO id, which is enough to take a connection over. */
  readonly id: string;
  /** Judged once, from the request that opened it. */
  readonly local: boolean;
  readonly backlog: Backlog;
  readonly #engine: EngineSocket;
  readonly #limits: ConnectionLimits;
  #namespaces = 0;
  #rejections = 0;
  #stopCounting: (() => void) | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(engine: EngineSocket, id: string, local: boolean, limits: ConnectionLimits) {
    this.id = id;
    this.local = local;
    this.backlog = new Backlog(engine);
    this.#engine = engine;
    this.#limits = limits;
    this.#stopCounting = closeAfter(engine, limits.strangerBytes);
  }

  joined(): void {
    this.#namespaces += 1;
    this.#stopCounting?.();
    this.#stopCounting = undefined;
    clearTimeout(this.#idle);
    this.#idle = undefined;
  }

  left(): void {
    this.#namespaces -= 1;
    if (this.#namespaces > 0 || this.#engine.readyState !== "open") return;
    // Socket.IO's own deadline ends with the first namespace joined: without this one could linger for ever.
    this.#idle = setTimeout(() => this.#engine.close(), this.#limits.authenticateMs);
    this.#idle.unref();
  }

  /** A namespace said no; who asks for ever is disconnected. */
  rejected(): void {
    this.#rejections += 1;
    if (this.#rejections > MAX_REJECTIONS) this.#engine.close();
  }

  close(): void {
    this.#engine.close(true);
  }

  closed(): void {
    clearTimeout(this.#idle);
  }
}

/** Closes a connection that sends more than this; returns how to stop counting. */
function closeAfter(engine: EngineSocket, maxBytes: number): () => void {
  let received = 0;
  const onPacket = ({ data }: { readonly data?: string | Uint8Array }): void => {
    received += data?.length ?? 0;
    if (received > maxBytes) engine.close(true);
  };
  engine.on("packet", onPacket);
  return () => engine.off("packet", onPacket);
}
