/** Lines remembered; the one heard of least recently is forgotten first. */
const KEPT = 1_000;

/** What was taken of each line of messages, so that one that is sent again is not taken again. */
export interface TakenLines {
  /** Whether the message is one that follows what was taken of its line. */
  isNew(line: string, n: number): boolean;
}

export function createTakenLines(): TakenLines {
  const lines = new Map<string, number>();
  return {
    isNew(line, n) {
      const last = lines.get(line) ?? 0;
      lines.delete(line);
      lines.set(line, Math.max(last, n));
      for (const oldest of lines.keys()) {
        if (lines.size <= KEPT) break;
        lines.delete(oldest);
      }
      return n > last;
    },
  };
}
