import { type Buffered, type EngineSocket, idleSocketOf, internalsOf } from "./engine.ts";

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
    const { writeBuffer, transport } = internalsOf(this.#engine);
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
    let isOver = false;
    const next = (): void => {
      if (isOver) return;
      isOver = true;
      transport.off("drain", next);
      engine.off("upgrade", next);
      engine.off("close", next);
      // After the transport has taken what waited behind.
      queueMicrotask(() => this.whenEmpty(callback));
    };
    transport.on("drain", next);
    engine.on("upgrade", next);
    engine.on("close", next);
    // Of what went past Engine.IO it does not know: an empty write is over when all before it is.
    idleSocketOf(internalsOf(engine))?.write("", next);
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
