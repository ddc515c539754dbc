import { createHash } from "node:crypto";

const LONGEST = 200;
const PLAIN = /^[\x21-\x7e]{1,200}$/;

/** Any text as one that can stand in a key between spaces: percent-encoded, or its hash behind a mark when long or odd. */
export function nameOf(text: string): string {
  if (text.length <= LONGEST) {
    try {
      const encoded = encodeURIComponent(text);
      if (encoded.length <= LONGEST) return encoded;
    } catch {
      // Half a character cannot be encoded.
    }
  }
  return `#${createHash("sha256").update(text).digest("base64url")}`;
}

/** Whether a name can stand in keys as it is. */
export function isPlain(name: string): boolean {
  return PLAIN.test(name);
}

/**
 * Names of collections and ids stand in keys as they are, so that their order is the order of pages.
 * @throws TypeError for a name that cannot; ids of the protocol all can
 */
export function plain(name: string): string {
  if (!isPlain(name)) {
    throw new TypeError(`"${name}" is no name: 1 to 200 printable ASCII characters without spaces`);
  }
  return name;
}
