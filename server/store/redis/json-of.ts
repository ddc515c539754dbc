/** @throws TypeError for a value that JSON does not know */
export function jsonOf(name: string, value: unknown): string {
  const json: string | undefined = JSON.stringify(value);
  if (json === undefined) throw new TypeError(`${name} is given a value that JSON does not know`);
  return json;
}
