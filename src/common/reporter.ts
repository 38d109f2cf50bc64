/** Something that telltale could not do as asked, told to whoever runs the process. */
export interface Diagnostic {
  /** What kind of trouble, for programs: `queue_full`, `export_failed`, `invalid_attribute`, … */
  readonly code: string;
  /** What it concerns: the name of a metric, a queue, a sink. */
  readonly subject: string;
  /** One sentence for a person. */
  readonly message: string;
  /** How many times it happened since it was told last, this time included. */
  readonly count: number;
  /** What was thrown, where something was. */
  readonly error?: unknown;
}

export type DiagnosticHandler = (diagnostic: Diagnostic) => void;

/** One of telltale's own counters. Hot code keeps the cell and adds to `value`. */
export interface SelfCounter {
  readonly name: string;
  readonly help: string;
  readonly labels: Readonly<Record<string, string>>;
  value: number;
}

/** Whom a part of telltale tells of its troubles: a `Diagnostics`, or what takes its place where none was given. */
export interface Reporter {
  /** Counts a trouble and tells of it, unless the same was told within the interval. Never throws. */
  report(code: string, subject: string, message: string, error?: unknown): void;
  /** The counter of that name and those labels, made at the first call. */
  counter(name: string, help: string, labels?: Readonly<Record<string, string>>): SelfCounter;
}
