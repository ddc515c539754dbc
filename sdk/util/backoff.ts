/**
 * Wait before a retry, full jitter: anything between nothing and a ceiling that doubles with each attempt.
 * 500 ms to 20 s as Centrifugo's clients have it.
 * @param attempt the attempt waited for, from 1
 * @param jitter from 0 to 1, drawn anew for each wait
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoffMs(attempt: number, jitter: number, baseMs = 500, capMs = 20_000): number {
  return Math.round(jitter * Math.min(capMs, baseMs * 2 ** (attempt - 1)));
}
