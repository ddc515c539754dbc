const ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";

/** A random id of 126 bits in 21 characters. Works on plain http pages too, where `crypto.randomUUID` is missing. */
export function createRandomId(): string {
  let id = "";
  for (const byte of crypto.getRandomValues(new Uint8Array(21))) id += ALPHABET[byte & 63];
  return id;
}
