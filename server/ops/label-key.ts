export type Labels = Readonly<Record<string, string>>;

/** How the values of declared labels become one text; nearly every metric has one label, which is that text. */
export function labelKey(names: readonly string[]): (labels: Labels) => string {
  const [only] = names;
  if (only === undefined) return () => "";
  if (names.length === 1) return (labels) => labels[only] ?? "";
  // Values come from fixed sets: none holds a line break.
  return (labels) => names.map((name) => labels[name] ?? "").join("\n");
}

/** Those of the labels that are declared. */
export function picked(labels: Labels, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (labels[name] === undefined ? [] : [[name, labels[name]]])),
  );
}
