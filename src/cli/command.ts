import type { Clock } from '../common/clock.js';

/** The world around a command: what it prints to and reads from. */
export interface Terminal {
  /** Takes results. */
  out(text: string): void;
  /** Takes everything that is no result: errors, warnings, remarks. */
  err(text: string): void;
  /** All of standard input. */
  readInput(): Promise<string>;
  /** Columns to keep to; `undefined` where no terminal reads along, and lines may be as long as they are. */
  readonly columns: number | undefined;
  readonly colors: boolean;
  readonly clock: Clock;
  /** Aborts when the user has had enough. */
  readonly signal: AbortSignal;
}

/** A word behind `telltale`. */
export interface Command {
  readonly name: string;
  /** One line for `telltale --help`. */
  readonly summary: string;
  readonly help: string;
  /** Does it, and gives the exit code. Throws a `UsageError` where the arguments make no sense. */
  run(args: readonly string[], terminal: Terminal): Promise<number>;
}

/** Done. */
export const EXIT_OK = 0;
/** Understood, and failed. */
export const EXIT_FAILED = 1;
/** Not understood. */
export const EXIT_USAGE = 2;

/** Arguments that make no sense; the message says which and what would. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
