/** One move of HEAD, as git itself wrote it down. */
export interface HeadMove {
  readonly from: string;
  readonly to: string;
  /** `commit: add a file`, `checkout: moving from main to topic`, `merge topic: Fast-forward`, ... */
  readonly message: string;
}

/** Reads whole lines of a reflog (`logs/HEAD`): `old new Name <mail> time zone TAB message`. */
export function parseReflog(text: string): HeadMove[] {
  const moves: HeadMove[] = [];
  for (const line of text.split("\n")) {
    const found = /^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) [^\t]*(?:\t(.*))?$/.exec(line);
    if (found === null) continue;
    const [, from = "", to = "", message = ""] = found;
    moves.push({ from, to, message });
  }
  return moves;
}
