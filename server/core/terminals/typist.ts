import type { Participant } from "./sizing.ts";

/** Who types, so that input sent again is told from new input. */
export interface Typist {
  readonly who: Participant;
  readonly key: string;
  readonly inputSeq: number | undefined;
  /** What the owner knows them by; absent where it is not told. */
  readonly source?: string | undefined;
  /** Nobody is there to type it again: it waits for an owner as long as one may come back. */
  readonly isPatient?: boolean | undefined;
}
