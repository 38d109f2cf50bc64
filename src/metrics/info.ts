import { invalidOption } from '../common/errors.js';
import type { LabelValues } from './labels.js';
import { Metric, type MetricOptions, ONE_LINE } from './metric.js';
import { Series } from './series.js';

export interface InfoOptions<L extends string = never> extends MetricOptions<L, Info<L>> {}

/** One series of an info: it is there, that is all. */
export class InfoSeries extends Series {
  readonly value = 1;

  override numbers(): readonly number[] {
    return [1];
  }

  override clear(): void {}
}

/**
 * Tells what does not change while the process lives: version, commit, region. Its value is always 1, its labels
 * are what it tells. OpenMetrics has it as `info`, the older text format as a gauge; the name ends in `_info`.
 *
 * ```ts
 * new Info({ name: 'build_info', help: 'What runs.', labelNames: ['version', 'commit'], registers: [registry] })
 *   .set({ version: '1.4.2', commit: '6bc0cfd' });
 * ```
 */
export class Info<L extends string = never> extends Metric<L, InfoSeries> {
  override readonly kind = 'info';
  override readonly lines = ONE_LINE;

  constructor(options: InfoOptions<L>) {
    super('Info', options);
    if (!this.name.endsWith('_info'))
      throw invalidOption('Info', 'name', this.name, 'a name that ends in _info');
    this.register();
  }

  /** Tells this, and no longer what it told before. */
  set(labels: LabelValues<L>): void {
    this.reset();
    this.at(labels);
  }

  override get type(): 'gauge' {
    return 'gauge';
  }

  protected override make(text: string): InfoSeries {
    return new InfoSeries(text, this);
  }
}
