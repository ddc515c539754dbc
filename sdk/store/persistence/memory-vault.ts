import type { Bucket, KeptBase, Vault } from "./vault.ts";
import type { KeptWrite } from "./persistence.ts";

interface Scope {
  writer?: string;
  base?: { position: KeptBase["position"]; readonly buckets: Map<string, Bucket> };
  readonly writes: Map<string, KeptWrite>;
}

/** A vault in memory: gone with the page, and the plainest thing that does what the other one must. */
export function createMemoryVault(): Vault {
  const scopes = new Map<string, Scope>();
  const users = new Map<string, string>();
  const scopeOf = (name: string): Scope => {
    const known = scopes.get(name);
    if (known !== undefined) return known;
    const made: Scope = { writes: new Map() };
    scopes.set(name, made);
    return made;
  };
  /** What is kept is a copy: nobody who holds the original can change it. */
  const copy = <T>(value: T): T => structuredClone(value);

  return {
    async lastUser(place) {
      return users.get(place);
    },
    async setLastUser(place, user) {
      users.set(place, user);
    },
    async base(name) {
      const { base } = scopeOf(name);
      return base && copy({ position: base.position, buckets: [...base.buckets.values()] });
    },
    async writes(name) {
      return copy([...scopeOf(name).writes.values()]);
    },
    async write(name, { writer, base, put, remove }) {
      const scope = scopeOf(name);
      for (const one of put) scope.writes.set(one.id, copy(one));
      for (const id of remove) scope.writes.delete(id);
      if (base === undefined) return true;
      if (!base.replace && scope.writer !== writer) return false;
      const buckets = base.replace || scope.base === undefined ? new Map<string, Bucket>() : scope.base.buckets;
      for (const one of base.buckets) buckets.set(`${one.collection}/${one.bucket}`, copy(one));
      scope.base = { position: base.position, buckets };
      scope.writer = writer;
      return true;
    },
    async clearBase(name) {
      const scope = scopeOf(name);
      delete scope.base;
      delete scope.writer;
    },
    close() {},
  };
}
