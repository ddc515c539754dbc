/** UTF-8 bytes of a value's JSON text, counted only as far as needed to say whether `maxBytes` is passed. */
export function isLargerThan(value: unknown, maxBytes: number): boolean {
  const text = JSON.stringify(value);
  if (text.length > maxBytes) return true;
  // A UTF-16 unit takes at most three bytes.
  return text.length * 3 > maxBytes && utf8Bytes(text) > maxBytes;
}

function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    // Each half of a surrogate pair counts two of the pair's four bytes.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}
