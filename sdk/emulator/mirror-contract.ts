/** A terminal's whole state at an offset of its stream. */
export interface MirrorSnapshot {
  readonly offset: number;
  readonly cols: number;
  readonly rows: number;
  /** For any terminal of that size, in any state: it begins with a full reset of its own. */
  readonly data: string;
}

export interface MirrorSnapshotOptions {
  /** Lines above the screen. */
  historyLines: number;
}

/**
 * An emulator that follows a stream: in this thread ({@link createMirror}) or, behind the same interface, in another.
 * Calls take effect in the order they were made.
 */
export interface Mirror {
  readonly cols: number;
  readonly rows: number;
  /** Bytes parsed, from the offset it began at. */
  readonly offset: number;
  /**
   * Whether plain output (`skimmer.ts`) does there what it does in a new terminal; false while calls are under way, and
   * where it is not known.
   */
  readonly isPlain: boolean;
  /**
   * Resolves once `bytes` are parsed. They may end anywhere; what is cut there is parsed with the next. When it
   * rejects, the mirror is lost: another has to take over.
   */
  write(bytes: Uint8Array): Promise<void>;
  resize(cols: number, rows: number): Promise<void>;
  /** The state at {@link offset}: wait for writes and resizes first. */
  snapshot(options: MirrorSnapshotOptions): MirrorSnapshot | Promise<MirrorSnapshot>;
  /** Becomes what the snapshot is of, its offset included. */
  restore(snapshot: MirrorSnapshot): Promise<void>;
  /** What waits is rejected. */
  dispose(): void;
}

/** The emulator is gone with the thread it was in. What it knew has to be parsed again by another. */
export class MirrorLost extends Error {
  /** Whether this mirror's own stream did it, as far as is known; else it only lived in the same thread. */
  readonly isOwn: boolean;

  constructor(message: string, isOwn: boolean) {
    super(message);
    this.name = "MirrorLost";
    this.isOwn = isOwn;
  }
}
