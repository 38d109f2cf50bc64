import type { Labels } from './labels.js';
import type { Matcher } from './matcher.js';
import type { SampleBuffer } from './store/sample-buffer.js';
import type { Work } from './work.js';

/** A series that the engine can read. */
export interface ReadableSeries {
  readonly labels: Labels;
  /** Puts the samples from `from` to `to` (milliseconds) into the buffer, in order, and perhaps some around them. */
  read(from: number, to: number, buffer: SampleBuffer): void;
}

/** Where the engine gets its series from. */
export interface Queryable {
  /** The series that all matchers accept and that may have samples from `from` to `to`. */
  select(
    matchers: readonly Matcher[],
    from: number,
    to: number,
    work: Work,
  ): Promise<readonly ReadableSeries[]>;
}
