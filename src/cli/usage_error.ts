/** The command line asks for what there is not; its message is the one line that says so, and how to mend it. */
export class UsageError extends Error {
  /** `UsageError`. */
  override readonly name = "UsageError";
}
