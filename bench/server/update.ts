/** The task that is changed all the time. */
export const TASK = {
  title: "a task",
  description: "The quick brown fox jumps over the lazy dog, twice, and again before the sun goes down",
} as const;

/** Three of its fields. `sentAt`: when, to the microsecond, by the clock of the machine. */
export function changesOf(n: number) {
  return {
    title: `Task number ${n}`,
    sentAt: performance.timeOrigin + performance.now(),
    progress: n % 100,
  };
}

/** What Holdfast makes of a change, made by hand: the same payload, byte for byte but for the values. */
export function envelopeOf(n: number, mutationId?: string) {
  const data = {
    ...{ id: "t1", projectId: "p1", status: "todo", sessionIds: [], ...TASK, ...changesOf(n) },
    ...{ version: n, seq: n, createdAt: 1_790_000_000_000, updatedAt: Date.now() },
  };
  const stamp = { timestamp: Date.now(), projectId: "p1", seq: n, epoch: "mi8k2t1c0r7q5z3w9x" };
  return { type: "task:updated", event: "task:updated", data, ...stamp, ...(mutationId && { mutationId }) };
}
