/** One expression that a file asks for metrics by. */
export interface Question {
  /** Who asks: `alert "NodeDown"`, `panel "Load"`. */
  readonly owner: string;
  /** Which of its questions, or where in the file: `query A`, `line 12`. */
  readonly place: string;
  /** In PromQL, without variables. */
  readonly expression: string;
}

/** What a file asks. */
export interface Inquiry {
  /** Its name. */
  readonly file: string;
  /** What it calls itself. */
  readonly title?: string;
  /** In the order of the file. */
  readonly questions: readonly Question[];
  /** Metrics that it makes itself. */
  readonly recorded: readonly string[];
  /** What it refers to and does not hold. */
  readonly notes: readonly string[];
}
