import type { Mirror } from "../../../sdk/emulator/mirror-contract.ts";

export interface MirrorStart {
  readonly cols: number;
  readonly rows: number;
  /** Of the first byte it will be given. */
  readonly offset: number;
  /** Lines kept above the screen. */
  readonly scrollback: number;
  /** Told each answer to a query in the stream, once, in order. */
  readonly onReply?: (reply: string) => void;
  /** The emulator threw at or shortly after `offset` and was rebuilt: up to 4 KiB are missing. */
  readonly onError?: (error: unknown, offset: number) => void;
}

/** Where emulators come from: this thread, a worker, or a test. The core imports none itself. */
export interface Emulator {
  createMirror(start: MirrorStart): Mirror;
  /** Packs what is kept of an idle terminal, for example deflate. Default: as it is. */
  pack?(bytes: Uint8Array): Uint8Array;
  unpack?(bytes: Uint8Array): Uint8Array;
  /** Raw deflate, for viewers who take snapshots packed. Default: they get them as they are. */
  deflate?(bytes: Uint8Array): Promise<Uint8Array>;
}
