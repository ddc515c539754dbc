import type { Task } from "../../sdk/protocol/index.ts";

/** Everything a tab ever showed, field by field: what was shown once and replaced must never come back. */
export interface Pictures {
  look(tasks: readonly Task[]): void;
  /** What was written is looked for in fields. */
  check(about: string, refused: ReadonlySet<string>): void;
}

/** Every value written is another, so that a value that comes back is a picture of the past. */
const FIELDS = ["title", "note", "tags"] as const;

/** Of a task that is not there. */
const GONE = "gone";

export function createPictures(): Pictures {
  /** By task and field, in the order they were shown. */
  const seen = new Map<string, string[]>();
  const add = (key: string, value: string): void => {
    const values = seen.get(key) ?? [];
    seen.set(key, values);
    if (values.at(-1) !== value && (values.length > 0 || value !== GONE)) values.push(value);
  };
  return {
    look(tasks) {
      const shown = new Map(tasks.map((task) => [task.id, task]));
      const keys = new Set([...seen.keys()].map((key) => key.split(" ")[0] ?? ""));
      for (const id of new Set([...keys, ...shown.keys()])) {
        const task = shown.get(id);
        for (const field of FIELDS)
          add(`${id} ${field}`, task === undefined ? GONE : `=${String(task[field] ?? "")}`);
      }
    },
    check(about, refused) {
      for (const [key, values] of seen) {
        // What the server refused was taken back, and had to be: what stood before it is then shown again.
        const taken = values.filter(
          (value) =>
            !value
              .slice(1)
              .split(",")
              .some((part) => refused.has(part)),
        );
        const distinct = taken.filter((value, index) => value !== taken[index - 1]);
        if (new Set(distinct).size !== distinct.length) {
          throw new Error(`${about} ${key}: ${values.join(" → ")}`);
        }
      }
    },
  };
}
