import type { ManualClock } from "../../support/manual-clock.ts";
import type { FakePeer, Got } from "../fake-peer.ts";

/**
 * A connection of so many bytes a second. Whatever is sent is taken at once, as a kernel's buffer takes it, so the
 * sender learns of the queue by acks alone.
 */
export interface SlowLink {
  /** Bytes sent and not arrived. */
  readonly queued: number;
  readonly largestQueue: number;
  readonly sent: number;
}

export function createSlowLink(
  clock: ManualClock,
  peer: FakePeer,
  { bytesPerMs, delayMs }: { readonly bytesPerMs: number; readonly delayMs: number },
  onArrival: (message: Got) => void,
): SlowLink {
  let queued = 0;
  let largestQueue = 0;
  let sent = 0;
  let freeAt = 0;
  const { send } = peer;
  peer.send = (event, payload) => {
    send(event, payload);
    const got = { event, payload } as Got;
    const data = got.payload.data ?? got.payload.scrollback ?? "";
    const size = (typeof data === "string" ? Buffer.byteLength(data) : data.length) + 100;
    sent += size;
    queued += size;
    largestQueue = Math.max(largestQueue, queued);
    freeAt = Math.max(freeAt, clock.now()) + size / bytesPerMs;
    clock.schedule(freeAt - clock.now() + delayMs, () => {
      queued -= size;
      onArrival(got);
    });
  };
  return {
    get queued() {
      return queued;
    },
    get largestQueue() {
      return largestQueue;
    },
    get sent() {
      return sent;
    },
  };
}
