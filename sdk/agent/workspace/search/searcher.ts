import { inParallel } from "../in-parallel.ts";
import { searchFile } from "./search-files.ts";
import { readSearchRequest, type SearchAnswer, type SearchMatch } from "./search-request.ts";

/** Matches of one answer; with 200 characters of text each, far below the 64 KiB of a channel event. */
const MATCHES_PER_ANSWER = 50;
/** Matches that are found wait this long for others to go with them. */
const ANSWER_MS = 50;
/** Searches that wait for the one under way. */
const MAX_WAITING = 8;
const READS = 8;

export interface SearcherOptions {
  readonly folder: string;
  readonly paths: () => Iterable<string>;
  readonly now: () => number;
  /** Sends an answer; the next one waits for it. */
  readonly answer: (answer: SearchAnswer) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

export interface Searcher {
  /** Data of the channel `search`, a question or anything else. */
  hear(data: unknown): void;
  close(): Promise<void>;
}

type Request = NonNullable<ReturnType<typeof readSearchRequest>>;

/** Answers questions one after the other with the matches in the watched files, as they are found. */
export function createSearcher(options: SearcherOptions): Searcher {
  const { folder, paths, now, onError } = options;
  let queue: Promise<void> = Promise.resolve();
  let waiting = 0;
  let isClosed = false;

  const search = async ({ query, id, caseSensitive, limit }: Request): Promise<void> => {
    const named = id === undefined ? { query } : { query, id };
    let found: SearchMatch[] = [];
    let count = 0;
    let total = 0;
    let toldAt = now();
    const tell = async (finished: boolean): Promise<void> => {
      const results = found.splice(0, MATCHES_PER_ANSWER);
      count += results.length;
      toldAt = now();
      await options.answer({ ...named, count, total, results, finished: finished && found.length === 0 });
    };
    let telling: Promise<void> = Promise.resolve();
    await inParallel([...paths()], READS, async (path) => {
      if (isClosed) return;
      const matches = await searchFile(folder, path, query, caseSensitive);
      total += matches.total;
      found = [...found, ...matches.matches].slice(0, limit - count);
      const isDue = found.length >= MATCHES_PER_ANSWER || now() - toldAt >= ANSWER_MS;
      if (found.length === 0 || !isDue) return;
      telling = telling.then(() => (found.length > 0 ? tell(false) : undefined));
      await telling;
    });
    if (isClosed) return;
    do await tell(true);
    while (found.length > 0);
  };

  return {
    hear(data) {
      const request = readSearchRequest(data);
      if (request === undefined || isClosed) return;
      if (waiting >= MAX_WAITING) {
        const { query, id } = request;
        const error = "too many searches wait; ask again later";
        const refusal = { count: 0, total: 0, results: [], finished: true, error };
        options.answer({ query, ...(id === undefined ? {} : { id }), ...refusal }).catch(onError);
        return;
      }
      waiting += 1;
      queue = queue
        .then(() => (isClosed ? undefined : search(request)))
        .catch(onError)
        .finally(() => {
          waiting -= 1;
        });
    },
    async close() {
      isClosed = true;
      await queue;
    },
  };
}
