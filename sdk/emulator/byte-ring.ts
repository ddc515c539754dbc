/** The newest bytes of a stream, by absolute offset. */
export interface ByteRing {
  /** Oldest offset kept. */
  readonly tail: number;
  /** Offset after the newest byte. */
  readonly head: number;
  /** What it takes in memory, spare room included. */
  readonly memoryBytes: number;
  readonly isPacked: boolean;
  append(bytes: Uint8Array): void;
  /** Bytes `from` to `to`, both kept: a view that stays valid, or a copy across slabs. */
  slice(from: number, to: number): Uint8Array;
  evict(tail: number): void;
  /** Packs what is kept; the next access unpacks it. */
  pack(pack: (bytes: Uint8Array) => Uint8Array, unpack: (bytes: Uint8Array) => Uint8Array): void;
}

interface Slab {
  readonly start: number;
  readonly bytes: Uint8Array;
  used: number;
}

const MIN_SLAB = 4 * 1024;
const MAX_SLAB = 64 * 1024;

export function createByteRing(offset = 0): ByteRing {
  let slabs: Slab[] = [];
  let tail = offset;
  let head = offset;
  let packed: { bytes: Uint8Array; unpack: (bytes: Uint8Array) => Uint8Array } | undefined;

  function unpack(): void {
    if (!packed) return;
    const bytes = packed.unpack(packed.bytes);
    packed = undefined;
    slabs = [{ start: tail, bytes, used: bytes.length }];
  }

  function slice(from: number, to: number): Uint8Array {
    unpack();
    const inside = slabs.filter((slab) => slab.start < to && slab.start + slab.used > from);
    const parts = inside.map(({ start, bytes }) => bytes.subarray(Math.max(0, from - start), to - start));
    if (parts.length === 1 && parts[0]) return parts[0];
    const out = new Uint8Array(to - from);
    let at = 0;
    for (const part of parts) {
      const fitting = part.subarray(0, out.length - at);
      out.set(fitting, at);
      at += fitting.length;
    }
    return out;
  }

  return {
    get tail() {
      return tail;
    },
    get head() {
      return head;
    },
    get memoryBytes() {
      return packed?.bytes.length ?? slabs.reduce((sum, { bytes }) => sum + bytes.length, 0);
    },
    get isPacked() {
      return packed !== undefined;
    },
    slice,
    append(bytes) {
      unpack();
      let rest = bytes;
      while (rest.length > 0) {
        let slab = slabs.at(-1);
        if (!slab || slab.used === slab.bytes.length) {
          // Slabs grow with what is kept, so that a session with little output takes little.
          const size = Math.min(MAX_SLAB, Math.max(MIN_SLAB, head - tail));
          slab = { start: head, bytes: new Uint8Array(size), used: 0 };
          slabs.push(slab);
        }
        const part = rest.subarray(0, slab.bytes.length - slab.used);
        slab.bytes.set(part, slab.used);
        slab.used += part.length;
        head += part.length;
        rest = rest.subarray(part.length);
      }
    },
    evict(newTail) {
      if (newTail <= tail) return;
      unpack();
      tail = Math.min(newTail, head);
      while (slabs[0] && slabs[0].start + slabs[0].used <= tail) slabs.shift();
    },
    pack(pack, reverse) {
      const bytes = pack(slice(tail, head));
      slabs = [];
      packed = { bytes, unpack: reverse };
    },
  };
}
