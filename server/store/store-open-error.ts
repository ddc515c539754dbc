/**
 * `unreadable`: the folder cannot be created, read or written. `locked`: another server that is alive has it.
 * `newer-format`: written by a newer version. `damaged`: not a store, or not whole. `unsupported`: no store of this kind.
 */
export type StoreOpenCode = "unreadable" | "locked" | "newer-format" | "damaged" | "unsupported";

/** A store could not be opened. `message` says what happened, `remedy` in one sentence what to do. */
export class StoreOpenError extends Error {
  readonly code: StoreOpenCode;
  readonly remedy: string;

  constructor(code: StoreOpenCode, message: string, remedy: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "StoreOpenError";
    this.code = code;
    this.remedy = remedy;
  }
}
