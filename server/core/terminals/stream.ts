import type { StreamLog } from "./stream-log.ts";

/** How a terminal ended, as viewers are told. */
export interface Exit {
  readonly exitCode: number | null;
  readonly reason?: string;
}

/** One epoch of a terminal: its bytes, and how it ended. */
export interface Stream {
  readonly epoch: string;
  /** Secret of the owner; whoever knows it may take the stream over. */
  readonly resumeKey: string;
  readonly log: StreamLog;
  /** The emulator lost part of it, so its state is not what the owner's is: the owner has to bring that. */
  isStale: boolean;
  /** How far the owner had it when it came (back): so much will come. */
  head: number;
  /** Set once no owner will send any more; taken back only when an owner that was given up returns. */
  exit: Exit | undefined;
}

/** Of a UUID its first 60 random bits: they tell streams apart, and are short, since every frame carries them. */
export function epochFrom(id: string): string {
  return id.slice(0, 18);
}

export function createStream(epoch: string, resumeKey: string, log: StreamLog): Stream {
  return { epoch, resumeKey, log, isStale: false, head: 0, exit: undefined };
}
