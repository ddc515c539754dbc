import type { Entity } from "../../sdk/protocol/index.ts";

/** A client's state alone, as the bench of optimistic edits drives it; what it sends is thrown away. */
export interface Writer {
  /** Edits one task; its subscribers have seen it when this returns. */
  edit(id: string, title: string): void;
  /** Somebody else's edit as it comes from the network; subscribers have seen it when what is returned returns. */
  remote(id: string, title: string): () => void;
  /** Takes the pending edits as confirmed by the server. Not measured. */
  drain(): void;
}

export type CreateWriter = (
  entities: readonly Entity[],
  seen: () => void,
  send: (message: string | Uint8Array) => void,
) => Writer;

interface About {
  readonly module: string;
  readonly hears: boolean;
  /** An edit takes milliseconds. */
  readonly isSlow: boolean;
}

export const WRITERS = {
  floor: { module: "./floor-writer.ts", hears: true, isSlow: false },
  holdfast: { module: "./holdfast-writer.ts", hears: true, isSlow: false },
  "immer record": { module: "./immer-writer.ts", hears: false, isSlow: true },
  sharedb: { module: "../peers/sharedb-writer.mjs", hears: true, isSlow: false },
  yjs: { module: "../peers/yjs-writer.mjs", hears: true, isSlow: false },
} as const satisfies Record<string, About>;

export type WriterName = keyof typeof WRITERS;
