/** A task as every contestant holds it: what Holdfast keeps of one, 193 bytes of JSON with a six-digit time. */
export interface Task {
  readonly id: string;
  readonly title: string;
  readonly status: "todo";
  readonly [field: string]: unknown;
}

/** A change of three fields of one task. */
export interface Edit {
  readonly id: string;
  readonly set: { readonly priority: number; readonly points: number; readonly rev: number };
}

const idOf = (index: number): string => `task-${String(index).padStart(6, "0")}`;

export function aTask(index: number): Task {
  return {
    id: idOf(index),
    projectId: "p1",
    title: `Task number ${index}`,
    status: "todo",
    priority: 3,
    points: 0,
    rev: 0,
    sessionIds: [],
    version: 1,
    seq: index,
    createdAt: 1_700_000_000_000 + index,
    updatedAt: 1_700_000_000_000 + index,
  };
}

export const tasksOf = (size: number): Task[] => Array.from({ length: size }, (_, index) => aTask(index));

/**
 * `count` edits, each of another task until all had one; a prime step, so that neighbours do not meet. The moduli divide
 * no number of edits between two of the same task: each edit changes all three fields.
 */
export function editsOf(size: number, count: number, firstRev: number): Edit[] {
  return Array.from({ length: count }, (_, n) => ({
    id: idOf(((n + 1) * 7_919) % size),
    set: { priority: (firstRev + n) % 7, points: (firstRev + n) % 97, rev: firstRev + n },
  }));
}

/** The last `rev` of each task edited. */
export function lastRevs(edits: readonly Edit[]): Record<string, number> {
  return Object.fromEntries(edits.map(({ id, set }) => [id, set.rev]));
}
