import { LIMITS } from "../../sdk/protocol/index.ts";

/** Bounds of one server: every one of `LIMITS` may be set by an option. */
export type Limits = { readonly [K in keyof typeof LIMITS]: number };

/** @throws TypeError on a bound that is not a positive integer. */
export function limitsFrom(overrides: Partial<Limits> = {}): Limits {
  for (const [name, value] of Object.entries(overrides)) {
    if (!Object.hasOwn(LIMITS, name)) throw new TypeError(`there is no limit "${name}"`);
    if (!Number.isInteger(value) || value < 1)
      throw new TypeError(`limit "${name}" must be a positive integer`);
  }
  return { ...LIMITS, ...overrides };
}
