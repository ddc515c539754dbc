/** Whether this platform undoes raw deflate: browsers since 2023, and Node. */
export function canUnpack(): boolean {
  try {
    return new DecompressionStream("deflate-raw") !== undefined;
  } catch {
    return false;
  }
}

/** Undoes raw deflate. Rejects for anything else. */
export async function unpack(packed: Uint8Array): Promise<Uint8Array> {
  // A copy of its own: what came with a frame may be a view of more.
  const stream = new Blob([new Uint8Array(packed)]).stream();
  const bytes = new Response(stream.pipeThrough(new DecompressionStream("deflate-raw"))).arrayBuffer();
  return new Uint8Array(await bytes);
}
