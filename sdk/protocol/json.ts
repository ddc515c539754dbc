import { z } from "zod";

const anyJson = z.json();
export type Json = z.infer<typeof anyJson>;

/**
 * Any JSON value. What is plainly one, as everything is that came as text, passes by a look at it; `z.json()`, which
 * tries a union of six at each level and copies, is left with the rest: it says what is wrong, and drops `__proto__`.
 */
export const jsonSchema: z.ZodType<Json> = z.union([z.custom<Json>(isPlainJson), anyJson]);

function isPlainJson(value: unknown): boolean {
  if (typeof value !== "object") {
    return typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
  }
  if (value === null) return true;
  if (Array.isArray(value)) return value.every(isPlainJson);
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.entries(value).every(([name, item]) => name !== "__proto__" && isPlainJson(item));
}
