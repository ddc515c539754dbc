import { ExpectationFailed } from "./expectation-failed.ts";
import { shown } from "./mismatch.ts";

/** What stands at a path within a payload of the server, which is of any shape. */
export function at(payload: unknown, ...path: readonly string[]): unknown {
  // Whatever has no such field gives `undefined`.
  return path.reduce(
    (value, key) => (value as Readonly<Record<string, unknown>> | undefined)?.[key],
    payload,
  );
}

/** A text that has to stand there. @throws ExpectationFailed */
export function textAt(payload: unknown, ...path: readonly string[]): string {
  const found = at(payload, ...path);
  if (typeof found === "string") return found;
  throw new ExpectationFailed(`${path.join(".")} of ${shown(payload)} should be a text`);
}

/** An object that has to stand there. @throws ExpectationFailed */
export function objectAt(payload: unknown, ...path: readonly string[]): object {
  const found = at(payload, ...path);
  if (typeof found === "object" && found !== null) return found;
  throw new ExpectationFailed(`${path.join(".")} of ${shown(payload)} should be an object`);
}

/** A list that has to stand there. @throws ExpectationFailed */
export function listAt(payload: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(payload, ...path);
  if (Array.isArray(found)) return found;
  throw new ExpectationFailed(`${path.join(".")} of ${shown(payload)} should be a list`);
}
