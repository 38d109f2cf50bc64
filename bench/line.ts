/** One side of a comparison. */
export interface Contestant {
  /** Who it is, as the table prints it: `telltale`, `pino 10`. */
  name: string;
  /** Does the measured thing `n` times. */
  run(n: number): void | Promise<void>;
}

/** One line of the table: the same work done by telltale and by a peer. */
export interface BenchLine {
  name: string;
  /** The ratio to reach: the peer's time divided by ours. */
  aim?: number;
  /** Builds both sides afresh; called once before the rounds of this line. */
  setup(): Promise<Comparison>;
}

export interface Comparison {
  ours: Contestant;
  peer: Contestant;
  teardown?(): void | Promise<void>;
}
