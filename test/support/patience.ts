/**
 * How long a test waits for what must come, in milliseconds: enough for a machine of two slow cores that does other work
 * besides. A test that passes takes none of it. `expect.poll` waits so long by itself.
 */
export const PATIENCE_MS = 30_000;
