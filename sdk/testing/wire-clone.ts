/**
 * A value as it comes out at the other end of a wire: JSON with bytes. Nothing is shared with the original, and what
 * JSON cannot say is gone.
 */
export function wireClone(value: unknown): unknown {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value !== "object") return undefined;
  if (ArrayBuffer.isView(value)) return bytesOf(value);
  if (hasJson(value)) return wireClone(value.toJSON());
  if (Array.isArray(value)) return value.map((item) => wireClone(item) ?? null);
  const clone: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    const copy = wireClone(item);
    if (copy === undefined) continue;
    // As JSON.parse does it: an own property, whatever its name.
    if (key === "__proto__")
      Object.defineProperty(clone, key, {
        value: copy,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    else clone[key] = copy;
  }
  return clone;
}

/** About as many bytes as a frame with this value takes. */
export function wireSize(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (typeof value === "string") return value.length + 2;
  if (typeof value !== "object" || value === null) return 5;
  let size = 2;
  for (const [key, item] of Object.entries(value)) size += key.length + 3 + wireSize(item);
  return size;
}

function hasJson(value: object): value is { toJSON(): unknown } {
  return "toJSON" in value && typeof value.toJSON === "function";
}

/** A copy, of this realm: where tests pretend to be a page, `TextEncoder` is of another one. */
function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
}
