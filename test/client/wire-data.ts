/** A domain event of project p1. */
export const envelope = (seq: number, event = "notify:progress", data: unknown = { n: seq }) => ({
  type: event,
  event,
  data,
  timestamp: 1,
  projectId: "p1",
  seq,
  epoch: "e1",
});
/** A task of project p1. */
export const task = (id: string, title: string, seq: number, version = 1) => ({
  id,
  projectId: "p1",
  title,
  status: "todo",
  sessionIds: [],
  version,
  seq,
  createdAt: 1,
  updatedAt: 1,
});
