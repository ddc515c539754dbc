import { crc32, deflateSync, inflateSync } from "node:zlib";

/** Bytes of a pixel as Chromium writes it: red, green, blue. */
const PIXEL = 3;
const COLOURS = 256;

/**
 * A screenshot in a third of its bytes: its 256 most frequent colours, and for every other one, all of them shades at the
 * edges of letters, the nearest of these.
 * @param png 8 bits each of red, green and blue, not interlaced
 */
export function packPng(png: Buffer): Buffer {
  const chunks = [...chunksOf(png)];
  const of = (type: string): Buffer =>
    Buffer.concat(chunks.flatMap((chunk) => (chunk.type === type ? [chunk.data] : [])));
  const header = of("IHDR");
  const width = header.readUInt32BE(0);
  if (header.subarray(8).toString("hex") !== "0802000000")
    throw new TypeError("no PNG of red, green and blue");
  const pixels = unfilter(inflateSync(of("IDAT")), width * PIXEL);

  const counts = new Map<number, number>();
  for (let at = 0; at < pixels.length; at += PIXEL) {
    const colour = pixels.readUIntBE(at, PIXEL);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const palette = [...counts.keys()]
    .sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || a - b)
    .slice(0, COLOURS);
  const places = new Map([...counts.keys()].map((colour) => [colour, nearest(palette, colour)]));
  const rows = Buffer.alloc((width + 1) * (pixels.length / (width * PIXEL)));
  for (let at = 0; at < pixels.length; at += PIXEL) {
    const index = at / PIXEL;
    // Each row begins with the number of its filter: none, since neighbours of a palette have nothing in common.
    rows[Math.floor(index / width) * (width + 1) + 1 + (index % width)] =
      places.get(pixels.readUIntBE(at, PIXEL)) ?? 0;
  }

  const indexed = Buffer.from(header);
  indexed[9] = 3;
  return Buffer.concat([
    png.subarray(0, 8),
    chunk("IHDR", indexed),
    chunk("PLTE", Buffer.from(palette.flatMap((colour) => channels(colour)))),
    chunk("IDAT", deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function* chunksOf(png: Buffer): Generator<{ readonly type: string; readonly data: Buffer }> {
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    yield { type: png.toString("latin1", at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) };
    at += 12 + length;
  }
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const whole = Buffer.alloc(named.length + 8);
  whole.writeUInt32BE(data.length, 0);
  named.copy(whole, 4);
  whole.writeUInt32BE(crc32(named), named.length + 4);
  return whole;
}

/** The pixels themselves: a row is stored as its difference to what is left of it and above it (PNG, section 9). */
function unfilter(rows: Buffer, stride: number): Buffer {
  const pixels = Buffer.alloc((rows.length / (stride + 1)) * stride);
  for (let y = 0; y * stride < pixels.length; y += 1) {
    const filter = rows[y * (stride + 1)] ?? 0;
    for (let x = 0; x < stride; x += 1) {
      const at = y * stride + x;
      const left = x < PIXEL ? 0 : (pixels[at - PIXEL] ?? 0);
      const above = y === 0 ? 0 : (pixels[at - stride] ?? 0);
      const corner = x < PIXEL || y === 0 ? 0 : (pixels[at - stride - PIXEL] ?? 0);
      const expected = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter] ?? 0;
      pixels[at] = (rows[at + y + 1] ?? 0) + expected;
    }
  }
  return pixels;
}

function paeth(left: number, above: number, corner: number): number {
  const [a, b, c] = [left, above, corner].map((one) => Math.abs(left + above - corner - one)) as [
    number,
    number,
    number,
  ];
  if (a <= b && a <= c) return left;
  return b <= c ? above : corner;
}

const channels = (colour: number): readonly [number, number, number] => [
  colour >> 16,
  (colour >> 8) & 255,
  colour & 255,
];

function nearest(palette: readonly number[], colour: number): number {
  const distances = palette.map((one) => {
    const [r, g, b] = channels(one);
    const [red, green, blue] = channels(colour);
    return (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2;
  });
  return distances.indexOf(Math.min(...distances));
}
