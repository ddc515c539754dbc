import type { Position } from "../../protocol/index.ts";
import type { KeptWrite } from "./persistence.ts";
import { type Bucket, judgeWrite, type Vault } from "./vault.ts";

interface Scope {
  base?: { readonly position: Position; readonly buckets: Map<string, Bucket> };
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
      return base && copy({ ...base, buckets: [...base.buckets.values()] });
    },
    async writes(name) {
      return copy([...scopeOf(name).writes.values()]);
    },
    async write(name, { base, put, remove }) {
      const scope = scopeOf(name);
      for (const one of put) scope.writes.set(one.id, copy(one));
      for (const id of remove) scope.writes.delete(id);
      if (base === undefined) return true;
      const verdict = judgeWrite(scope.base?.position, base);
      if (verdict !== "write") return verdict === "newer";
      const buckets = new Map(base.since === undefined ? [] : scope.base?.buckets);
      for (const one of base.buckets) buckets.set(`${one.collection}/${one.bucket}`, copy(one));
      scope.base = { position: base.position, buckets };
      return true;
    },
    async clearBase(name) {
      delete scopeOf(name).base;
    },
    close() {},
  };
}
