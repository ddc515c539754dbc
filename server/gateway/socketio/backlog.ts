import type { Socket } from "socket.io";

export type EngineSocket = Socket["conn"];

interface Buffered {
  readonly data?: string | ArrayBufferView | ArrayBuffer;
}

/**
 * What of Engine.IO holds bytes that have not left: documented, but not in its types. `writeBuffer` fills while the
 * transport is busy; `transport.socket` is the `ws` socket of a WebSocket, absent while polling.
 */
interface Holding {
  readonly writeBuffer: readonly Buffered[];
  readonly transport: { readonly socket?: { readonly bufferedAmount?: number } };
}

/** How much one connection has to send, shared by its namespaces. A class: there is one per connection. */
export class Backlog {
  readonly #engine: EngineSocket;
  // Packets are only ever appended to a buffer, and a flush begins a new one: each is measured once.
  #measured: readonly Buffered[] | undefined;
  #count = 0;
  #sum = 0;

  constructor(engine: EngineSocket) {
    this.#engine = engine;
  }

  bytes(): number {
    // The cast is explained at `Holding`.
    const { writeBuffer, transport } = this.#engine as unknown as Holding;
    if (writeBuffer.length === 0) this.#measured = undefined;
    else this.#measure(writeBuffer);
    const waiting = this.#measured === undefined ? 0 : this.#sum;
    return waiting + (transport.socket?.bufferedAmount ?? 0);
  }

  /** Calls back once when nothing is held any more, or the connection is closed. */
  whenEmpty(callback: () => void): void {
    const engine = this.#engine;
    if (engine.readyState !== "open" || this.bytes() === 0) {
      callback();
      return;
    }
    // "drain" of the transport says that what it was given has left; it changes when polling is upgraded.
    const { transport } = engine;
    const next = (): void => {
      transport.off("drain", next);
      engine.off("upgrade", next);
      engine.off("close", next);
      // After the transport has taken what waited behind.
      queueMicrotask(() => this.whenEmpty(callback));
    };
    transport.on("drain", next);
    engine.on("upgrade", next);
    engine.on("close", next);
  }

  #measure(buffer: readonly Buffered[]): void {
    if (buffer !== this.#measured || buffer.length < this.#count) {
      this.#measured = buffer;
      this.#count = 0;
      this.#sum = 0;
    }
    for (; this.#count < buffer.length; this.#count += 1) this.#sum += sizeOf(buffer[this.#count]?.data);
  }
}

function sizeOf(data: Buffered["data"]): number {
  if (data === undefined) return 0;
  // Characters stand for bytes: a bound on memory, not an invoice.
  return typeof data === "string" ? data.length : data.byteLength;
}
