import type { Counter } from './counter.js';
import type { Gauge } from './gauge.js';
import type { Histogram } from './histogram.js';
import type { Info } from './info.js';
import type { NativeHistogram } from './native-histogram.js';
import type { StateSet } from './state-set.js';
import type { Summary } from './summary.js';
import type { UpDownCounter } from './up-down-counter.js';

/** Any metric, by its `kind`. */
export type AnyMetric =
  | Counter<string>
  | UpDownCounter<string>
  | Gauge<string>
  | Histogram<string>
  | NativeHistogram<string>
  | Summary<string>
  | Info<string>
  | StateSet<string, string>;
