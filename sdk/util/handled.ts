const ignore = (): void => {};

/** The same promise, which may be left alone: its rejection reaches who asks for it and never the platform. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(ignore);
  return promise;
}
