/**
 * The bytes in a buffer of their own: a view of a pool would take the whole pool along. It is of the realm that
 * `instanceof` asks about, which that of a view need not be where tests pretend to be a page.
 */
export function exactBuffer(data: ArrayBuffer | ArrayBufferView): ArrayBuffer {
  const bytes = ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
  const exact = new ArrayBuffer(bytes.length);
  new Uint8Array(exact).set(bytes);
  return exact;
}
