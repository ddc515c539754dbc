/** What a server passes on: with the name its viewer gave it, if it gave one. */
export interface TypedInput {
  readonly data: string;
  readonly source?: string;
  readonly inputSeq?: number;
}

/** Which inputs were typed already, by who numbered them: a server that was killed cannot say what it had passed on. */
export interface TypedInputs {
  /** Whether to type it; asked again for the same input, or for an earlier one of its source, not. Without a name always. */
  isNew(input: TypedInput): boolean;
  /** Another terminal began: its inputs are numbered anew. */
  clear(): void;
}

/** Viewers remembered, as many as a server does; who typed least recently is forgotten first. */
const KEPT = 1_000;

export function createTypedInputs(): TypedInputs {
  const last = new Map<string, number>();
  return {
    isNew({ source, inputSeq }) {
      if (source === undefined || inputSeq === undefined) return true;
      const before = last.get(source) ?? 0;
      last.delete(source);
      last.set(source, Math.max(before, inputSeq));
      for (const oldest of last.keys()) {
        if (last.size <= KEPT) break;
        last.delete(oldest);
      }
      return inputSeq > before;
    },
    clear: () => last.clear(),
  };
}
