import { QueryError } from '../errors.js';
import type { FloatHistogram } from '../histogram/histogram.js';
import type { Labels } from '../labels.js';
import { ABSENT, StepSeries } from './values.js';

/** Collects samples into series by their labels, for operations whose result's labels differ from step to step. */
export class Collector {
  readonly #steps: number;
  readonly #byKey = new Map<string, StepSeries>();

  constructor(steps: number) {
    this.#steps = steps;
  }

  get all(): StepSeries[] {
    return [...this.#byKey.values()];
  }

  /** The series with those labels, made where there is none. */
  series(labels: Labels, dropName: boolean): StepSeries {
    let series = this.#byKey.get(labels.key);
    if (series === undefined) {
      series = new StepSeries(labels, dropName, this.#steps);
      this.#byKey.set(labels.key, series);
    }
    return series;
  }

  /** Adds a sample; refuses a second one for the same labels and step. */
  add(labels: Labels, dropName: boolean, step: number, value: number | FloatHistogram | undefined): void {
    const series = this.series(labels, dropName);
    if (series.kinds[step] !== ABSENT) {
      throw new QueryError('execution', 'vector cannot contain metrics with the same labelset');
    }
    series.set(step, value);
  }
}
