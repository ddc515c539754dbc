/** As many items from the start of a list as fit so many bytes of JSON. */
export function fitting<T>(items: readonly T[], maxBytes: number): readonly T[] {
  let bytes = 2;
  for (const [at, item] of items.entries()) {
    bytes += Buffer.byteLength(JSON.stringify(item)) + 1;
    if (bytes > maxBytes) return items.slice(0, at);
  }
  return items;
}
