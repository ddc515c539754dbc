/** Gives those who ask for the same thing while it is being read one answer: what a whole fleet asks that reconnects. */
export interface SharedReads<T> {
  read(key: string, action: () => Promise<T>): Promise<T>;
}

export function createSharedReads<T>(): SharedReads<T> {
  const under = new Map<string, Promise<T>>();
  return {
    read(key, action) {
      const known = under.get(key);
      if (known !== undefined) return known;
      const reading = action().finally(() => under.delete(key));
      under.set(key, reading);
      return reading;
    },
  };
}
