/** Whether two flat objects have the same fields with identical values. */
export function sameFields(a: object, b: object): boolean {
  const left = Object.entries(a);
  // Read by the names of the other: both are plain data.
  const right = b as Readonly<Record<string, unknown>>;
  return (
    left.length === Object.keys(right).length && left.every(([key, value]) => Object.is(value, right[key]))
  );
}
