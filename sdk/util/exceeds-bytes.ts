/** Adds up an upper bound of the bytes of a value as JSON (binary: its own length); stops once past the limit. */
function boundOf(value: unknown, limit: number): number {
  if (typeof value === "string") return value.length * 6 + 2;
  if (typeof value !== "object" || value === null) return 25;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  let bytes = 2;
  for (const [key, field] of Object.entries(value)) {
    bytes += key.length * 6 + 4 + boundOf(field, limit - bytes);
    if (bytes > limit) break;
  }
  return bytes;
}

/** Whether a value takes more than `limit` bytes as JSON in UTF-8. Only what could be near the limit is encoded. */
export function exceedsBytes(value: unknown, limit: number): boolean {
  if (boundOf(value, limit) <= limit) return false;
  let binary = 0;
  const text = JSON.stringify(value, (_key, field: unknown) => {
    if (!ArrayBuffer.isView(field)) return field;
    binary = Math.max(binary, field.byteLength);
    return null;
  });
  // A byte sequence travels as a frame of its own.
  return binary > limit || new TextEncoder().encode(text).length > limit;
}
