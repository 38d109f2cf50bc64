import type { Counter } from './counter.js';
import type { Gauge } from './gauge.js';
import type { Histogram } from './histogram.js';
import type { Summary } from './summary.js';

/** Any metric, by its `type`. */
export type AnyMetric = Counter<string> | Gauge<string> | Histogram<string> | Summary<string>;
