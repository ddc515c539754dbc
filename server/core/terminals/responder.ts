import type { Mirror } from "../../../sdk/emulator/mirror-contract.ts";
import type { Emulator } from "./emulator.ts";
import type { Size } from "./size.ts";

/**
 * Answers the queries of a terminal whose owner has no emulator to do it: an emulator of its own that follows the head,
 * since the one snapshots are taken from lags behind. It keeps no history.
 */
export interface Responder {
  /** Bytes it has not parsed yet. */
  readonly unread: number;
  write(bytes: Uint8Array): void;
  resize(size: Size): void;
  dispose(): void;
}

/** @param onProgress bytes were parsed */
export function createResponder(
  emulator: Emulator,
  start: Size & { readonly offset: number },
  onReply: (reply: string) => void,
  onProgress: () => void,
  onError: (error: unknown) => void,
): Responder {
  const mirror: Mirror = emulator.createMirror({ ...start, scrollback: 0, onReply });
  let unread = 0;
  let isDisposed = false;
  const failed = (error: unknown): void => {
    if (!isDisposed) onError(error);
  };
  return {
    get unread() {
      return unread;
    },
    write(bytes) {
      unread += bytes.length;
      const parsed = (): void => {
        unread -= bytes.length;
        if (!isDisposed) onProgress();
      };
      mirror.write(bytes).catch(failed).then(parsed, failed);
    },
    resize({ cols, rows }) {
      mirror.resize(cols, rows).catch(failed);
    },
    dispose() {
      isDisposed = true;
      mirror.dispose();
    },
  };
}
