/** A promise made only when somebody asks for it, and never an unhandled rejection. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: Error): void;
}

type Outcome<T> = { readonly value: T } | { readonly error: Error };

/** A class, since every write has two and most are never looked at: closures for each would cost more than the edit. */
class LazyPromise<T> implements Deferred<T> {
  #outcome: Outcome<T> | undefined;
  #promise: Promise<T> | undefined;
  #settle: ((outcome: Outcome<T>) => void) | undefined;

  get promise(): Promise<T> {
    if (this.#promise !== undefined) return this.#promise;
    const made = new Promise<T>((resolve, reject) => {
      this.#settle = (outcome) => ("error" in outcome ? reject(outcome.error) : resolve(outcome.value));
    });
    if (this.#outcome !== undefined) this.#settle?.(this.#outcome);
    // Whoever does not listen chose to hear of it through `onRejected`.
    made.catch(() => {});
    this.#promise = made;
    return made;
  }

  resolve(value: T): void {
    this.#end({ value });
  }

  reject(error: Error): void {
    this.#end({ error });
  }

  #end(outcome: Outcome<T>): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    this.#settle?.(outcome);
  }
}

export function createDeferred<T>(): Deferred<T> {
  return new LazyPromise<T>();
}
