/**
 * A question on the channel `search`: data with a `query` and no `results`. Who may publish may ask.
 */
export interface SearchRequest {
  /** Text to look for, as it is; 1 to 1,000 characters. */
  readonly query: string;
  /** Repeated in every answer, to tell searches of the same text apart. */
  readonly id?: string;
  /** Default false. */
  readonly caseSensitive?: boolean;
  /** Matches that are told, 1 to 1,000; default 200. */
  readonly limit?: number;
}

/** An answer on the same channel. Answers follow each other; the last one has `finished: true`. */
export interface SearchAnswer {
  readonly query: string;
  readonly id?: string;
  /** Matches told so far, this answer's included. */
  readonly count: number;
  /** Matches found so far, also those beyond the limit. */
  readonly total: number;
  readonly results: readonly SearchMatch[];
  readonly finished: boolean;
  /** Why nothing is looked for. */
  readonly error?: string;
}

export interface SearchMatch {
  /** Relative, POSIX. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** The line, at most 200 characters of it. */
  readonly text: string;
}

const MAX_QUERY = 1_000;
const MAX_LIMIT = 1_000;
const DEFAULT_LIMIT = 200;

/** `undefined` for what is no question: an answer, or something else on the channel. */
export function readSearchRequest(
  data: unknown,
): (Required<Omit<SearchRequest, "id">> & { id?: string }) | undefined {
  if (typeof data !== "object" || data === null || "results" in data) return undefined;
  // Fields are checked one by one.
  const { query, id, caseSensitive, limit } = data as Readonly<Record<string, unknown>>;
  if (typeof query !== "string" || query === "" || query.length > MAX_QUERY) return undefined;
  const wanted = typeof limit === "number" && Number.isInteger(limit) ? limit : DEFAULT_LIMIT;
  return {
    query,
    caseSensitive: caseSensitive === true,
    limit: Math.min(MAX_LIMIT, Math.max(1, wanted)),
    ...(typeof id === "string" && id.length <= 128 ? { id } : {}),
  };
}
