/** Operations of a commit, as the script reads them: name, number of a key, number of arguments, arguments. */
export interface Operations {
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
  /** Number of a key among `keys`, from 1. */
  key(name: string): number;
  add(operation: string, key: string, ...args: readonly (string | number)[]): void;
  /** As `add`, in pieces of `size` groups of arguments; nothing when there are none. */
  addAll(
    operation: string,
    key: string,
    groups: readonly (readonly (string | number)[])[],
    size?: number,
  ): void;
}

/** Lua passes arguments on its stack, which is not endless. */
const GROUPS_AT_ONCE = 500;

/** @param first keys that the script knows by their numbers */
export function createOperations(first: readonly string[]): Operations {
  const keys = [...first];
  const numbers = new Map(first.map((name, at) => [name, at + 1]));
  const args: (string | number)[] = [];

  function key(name: string): number {
    const known = numbers.get(name);
    if (known !== undefined) return known;
    keys.push(name);
    numbers.set(name, keys.length);
    return keys.length;
  }

  function add(operation: string, name: string, ...rest: readonly (string | number)[]): void {
    args.push(operation, key(name), rest.length, ...rest);
  }

  return {
    keys,
    args,
    key,
    add,
    addAll(operation, name, groups, size = GROUPS_AT_ONCE) {
      for (let at = 0; at < groups.length; at += size)
        add(operation, name, ...groups.slice(at, at + size).flat());
    },
  };
}
