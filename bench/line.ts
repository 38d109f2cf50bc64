/** One side of a comparison. */
export interface Contestant {
  /** Who it is, as the table prints it: `telltale`, `pino 10`. */
  name: string;
  /**
   * Does the measured thing `n` times. All the work belongs inside: where some of it is put off (a batch to
   * export, a buffer to write), return a promise that settles when it is done.
   */
  run(n: number): void | Promise<void>;
}

/** A side that reads the clock itself, because what it measures happens in another process. */
export interface SelfTimedContestant {
  name: string;
  /** Measures one round and returns nanoseconds for one operation. */
  measure(options: { quick: boolean }): Promise<number>;
}

/** One line of the table: the same work done by telltale and by a peer. */
export interface BenchLine {
  name: string;
  /** The ratio to reach: the peer's time divided by ours. */
  aim?: number;
  /** What is measured, where it is no time: `%`. The figures of `measure` are in it then. */
  unit?: string;
  /** Rounds of each side; 11 unless told. */
  rounds?: number;
  /** Builds both sides afresh; called once before the rounds of this line. */
  setup(): Promise<Comparison>;
}

export interface Comparison {
  ours: Contestant | SelfTimedContestant;
  peer: Contestant | SelfTimedContestant;
  teardown?(): void | Promise<void>;
}
