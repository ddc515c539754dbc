/** Stops something at once or when the signal aborts; the returned function stops it too and forgets the signal. */
export function untilAborted(signal: AbortSignal | undefined, stop: () => void): () => void {
  if (signal === undefined) return stop;
  const end = (): void => {
    signal.removeEventListener("abort", end);
    stop();
  };
  if (signal.aborted) stop();
  else signal.addEventListener("abort", end);
  return end;
}
