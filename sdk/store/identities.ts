/** One object per key for as long as somebody holds it; bounded by what the application holds. */
export interface Identities<T extends object> {
  get(key: string, create: () => T): T;
}

export function createIdentities<T extends object>(): Identities<T> {
  const refs = new Map<string, WeakRef<T>>();
  const collected = new FinalizationRegistry<string>((key) => {
    if (refs.get(key)?.deref() === undefined) refs.delete(key);
  });
  return {
    get(key, create) {
      const known = refs.get(key)?.deref();
      if (known !== undefined) return known;
      const created = create();
      refs.set(key, new WeakRef(created));
      collected.register(created, key);
      return created;
    },
  };
}
