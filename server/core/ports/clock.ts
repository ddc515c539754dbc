/** Time as the core knows it: tests and the mock move it by hand. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Runs the task once after `delayMs`; returns how to cancel it. Never keeps a process alive. */
  schedule(delayMs: number, task: () => void): () => void;
}
