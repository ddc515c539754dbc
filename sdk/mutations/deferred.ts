/** A promise made only when somebody asks for it, and never an unhandled rejection. */
export interface Deferred<T> {
  promise(): Promise<T>;
  resolve(value: T): void;
  reject(error: Error): void;
}

type Outcome<T> = { readonly value: T } | { readonly error: Error };

export function createDeferred<T>(): Deferred<T> {
  let outcome: Outcome<T> | undefined;
  let promise: Promise<T> | undefined;
  let settle: ((outcome: Outcome<T>) => void) | undefined;

  const end = (next: Outcome<T>): void => {
    if (outcome !== undefined) return;
    outcome = next;
    settle?.(next);
  };

  return {
    promise() {
      if (promise !== undefined) return promise;
      const made = new Promise<T>((resolve, reject) => {
        settle = (next) => ("error" in next ? reject(next.error) : resolve(next.value));
      });
      if (outcome !== undefined) settle?.(outcome);
      // Whoever does not listen chose to hear of it through `onRejected`.
      made.catch(() => {});
      promise = made;
      return made;
    },
    resolve: (value) => end({ value }),
    reject: (error) => end({ error }),
  };
}
