/** Fields of a request that say how it is sent, not what it asks. */
const ASIDE: ReadonlySet<string> = new Set(["mutationId", "ackedThrough", "projectId"]);

/** Longer texts are kept as their hash. */
const MAX_TEXT = 64;

/**
 * Tells two request bodies apart: equal exactly for equal JSON values, whatever the order of keys.
 * What says how a request is sent is left out. The hash is for mistakes, not for attackers: who collides with
 * himself is told his own answer.
 */
export function fingerprintOf(kind: string, body: unknown): string {
  const text = `${kind} ${typeof body === "object" && body !== null ? canonical(body, ASIDE) : canonical(body)}`;
  return text.length <= MAX_TEXT ? text : `${hash(text)}${text.length.toString(36)}`;
}

function canonical(value: unknown, aside?: ReadonlySet<string>): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) {
    let text = "[";
    for (const item of value) text += `${canonical(item)},`;
    return `${text}]`;
  }
  // A plain JSON object.
  const record = value as Readonly<Record<string, unknown>>;
  let text = "{";
  for (const key of Object.keys(record).sort()) {
    if (record[key] === undefined || aside?.has(key)) continue;
    text += `${JSON.stringify(key)}:${canonical(record[key])},`;
  }
  return `${text}}`;
}

/**
 * Four interleaved 32-bit multiplicative hashes.
 */
function hash(text: string): string {
  let a = 1779033703;
  let b = 3144134277;
  let c = 1013904242;
  let d = 2773480762;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    a = b ^ Math.imul(a ^ unit, 597399067);
    b = c ^ Math.imul(b ^ unit, 2869860233);
    c = d ^ Math.imul(c ^ unit, 951274213);
    d = a ^ Math.imul(d ^ unit, 2716044179);
  }
  return [a, b, c, d].map((part) => (part >>> 0).toString(36)).join("-");
}
