import type { TerminalRegister, TerminalWatch, TerminalWatchAck } from "../../../sdk/protocol/index.ts";
import type { Fault } from "../fault.ts";
import type { Owner } from "./owner.ts";
import type { Start } from "./resume.ts";
import type { Size } from "./size.ts";
import type { Participant } from "./sizing.ts";
import type { Exit, Stream } from "./stream.ts";
import type { Typist } from "./typist.ts";
import type { Viewer } from "./viewer.ts";
import type { ViewerOptions } from "./viewer-options.ts";

/** What a register says about a terminal as such. */
export type Settings = Pick<TerminalRegister, "answers" | "readOnly" | "resizePolicy">;

/** One terminal of a session, over all its epochs: who owns it, what came of it, who watches. */
export interface Terminal {
  readonly sessionId: string;
  readonly projectId: string;
  readonly stream: Stream;
  readonly owner: Owner | undefined;
  readonly viewers: number;
  /** How many bytes each viewer is behind. */
  lags(): readonly number[];
  readonly isReadOnly: boolean;
  /** Its owner is at another server, or was when last there was one. */
  readonly isElsewhere: boolean;
  /** The owner's connection is lost; it may come back. */
  readonly isLost: boolean;
  readonly settings: Settings;
  /** An owner takes it, and its stream goes on or begins anew. */
  take(owner: Owner, start: Start, settings: Settings, resumeKey: string | undefined): void;
  /** The connection of its owner is lost. */
  leave(): void;
  /** These answer how much of the stream was received. @throws Fault `CONFLICT` with `details.offset` */
  output(bytes: Uint8Array, offset: number | undefined): number;
  resized(size: Size, offset: number | undefined): number;
  exit(exit: Exit, offset: number | undefined): number;
  /** The owner is to wait, or may go on: output cannot be told to others as fast as it comes. */
  hold(isHeld: boolean): void;
  watch(
    options: ViewerOptions,
    since: TerminalWatch["since"],
  ): { readonly viewer: Viewer; readonly ack: TerminalWatchAck | Promise<TerminalWatchAck> };
  unwatch(viewer: Viewer): void;
  /** Resolves when the owner took it. @throws Fault `FORBIDDEN`, `UNAVAILABLE` */
  type(text: string, typist?: Typist): Promise<void>;
  /** `isAgain`: asked for on another connection before, and told anew. @throws Fault `FORBIDDEN` */
  wantSize(who: Participant, size: Size, isAgain?: boolean): void;
  /** Somebody is gone who may have asked for a size. */
  left(who: Participant): void;
  setFocused(isFocused: boolean): void;
  /** Ends it for good: viewers are told by `payload`, and nothing is kept. */
  dispose(payload: { readonly sessionId: string } & Exit, fault: Fault): void;
}
