/** A command line that cannot be meant: one line that says what is wrong and the mend, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
