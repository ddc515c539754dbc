import { HoldfastError, isHoldfastError } from "../errors.ts";
import type { ChannelData, ChannelSubscribeAck } from "../protocol/index.ts";
import { untilAborted } from "../util/until-aborted.ts";

type Chunk = ChannelData["ai-response"];

export interface AiStreamOptions {
  readonly id: string;
  /** Hears the channel from now on; `onGap` when events are gone for good. Returns how to stop. */
  follow(listener: (chunk: Chunk) => void, onGap: () => void): () => void;
  /** What the server still keeps of the channel. */
  history(): Promise<ChannelSubscribeAck>;
  onUp(listener: () => void): () => void;
  /** Aborted when the client is closed. */
  readonly closed: AbortSignal;
}

/** Chunks that wait for a slow reader or for one before them. */
const MAX_WAITING = 10_000;

/**
 * One answer of an AI, chunk by chunk, in the order of their index and each once. What was sent before is read from
 * the channel's history; a stream that is joined too late for its beginning starts with what is left of it.
 */
export function createAiStream(options: AiStreamOptions): AsyncIterator<string, undefined> {
  const { id, history, closed } = options;
  const chunks = new Map<number, Chunk>();
  let next: number | undefined;
  let hasHistory = false;
  let fault: HoldfastError | undefined;
  let isStopped = false;
  let wake = (): void => {};

  const take = (chunk: Chunk): void => {
    if (chunk.id !== id || (next !== undefined && chunk.index < next)) return;
    chunks.set(chunk.index, chunk);
    if (chunks.size > MAX_WAITING)
      fault = new HoldfastError("PAYLOAD_TOO_LARGE", `${id} was not read in time`);
    wake();
  };
  const end = (error: HoldfastError): void => {
    fault ??= error;
    wake();
  };
  const load = (): void => {
    if (hasHistory) return;
    history().then(
      ({ events }) => {
        hasHistory = true;
        // Shape of the typed channel; `take` checks what it relies on.
        for (const { data } of events) take(data as Chunk);
        wake();
      },
      (error: HoldfastError) => {
        // While disconnected the next greeting asks again.
        if (!isHoldfastError(error, "OFFLINE")) end(error);
      },
    );
  };
  const close = (): void => end(new HoldfastError("CLOSED", `The client was closed while ${id} was read`));

  async function* read(): AsyncGenerator<string, undefined> {
    const offs = [
      options.follow(take, () => end(new HoldfastError("UNAVAILABLE", `Chunks of ${id} are gone`))),
      options.onUp(load),
      untilAborted(closed, close),
    ];
    load();
    try {
      while (!isStopped) {
        if (hasHistory && chunks.size > 0) next ??= Math.min(...chunks.keys());
        const chunk = next === undefined ? undefined : chunks.get(next);
        if (chunk !== undefined) {
          chunks.delete(chunk.index);
          next = chunk.index + 1;
          if (chunk.chunk !== "") yield chunk.chunk;
          if (chunk.finished) return;
        } else if (fault !== undefined) throw fault;
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      for (const off of offs) off();
    }
  }

  const reader = read();
  return {
    next: () => reader.next(),
    return() {
      isStopped = true;
      wake();
      return reader.return(undefined);
    },
  };
}
