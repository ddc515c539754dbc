/** Status of a task, column by column. `failed` shares the last one. */
export const COLUMNS = [
  ["todo", "To do"],
  ["in_progress", "In progress"],
  ["blocked", "Blocked"],
  ["completed", "Done"],
];

export const columnOf = ({ status }) => (status === "failed" ? "completed" : status);
