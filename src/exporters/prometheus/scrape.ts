import type { AnyMetric } from '../../metrics/any-metric.js';
import type { MetricKind } from '../../metrics/metric.js';
import type { Series } from '../../metrics/series.js';
import { type DefaultLabels, renderText } from '../../metrics/text-format.js';
import type { Format } from './accept.js';
import { type Family, familyOf } from './family.js';
import { isAsked } from './name-filter.js';
import { OPEN_METRICS_END, renderOpenMetrics } from './open-metrics.js';
import { protobufFamily } from './protobuf-family.js';

/** What a scrape needs of a registry; telltale's `Registry`, and anything that can show metrics as it does. */
export interface MetricSource {
  readonly prefix: string;
  readonly defaultLabels: DefaultLabels;
  collect(isAsked?: (metric: AnyMetric) => boolean): Promise<void>;
  getMetricsAsArray(): AnyMetric[];
}

/** Bytes, more or less, of one chunk. */
const CHUNK = 65_536;

/** Milliseconds after which others get their turn. */
const TURN = 3;

/** Lines worked out between two looks at the clock: less than 0.2 ms. */
const LINES = 300;

/** Series of a summary or a native histogram likewise: each works out quantiles, or has up to 320 buckets. */
const SLOW_ONES = 8;

/**
 * A scrape, chunk by chunk. A registry of 100,000 series is written in many turns of the event loop, none longer
 * than a few milliseconds; each series is shown as it stands when its turn has come, whole.
 */
export async function* scrape(
  source: MetricSource,
  format: Format,
  names?: ReadonlySet<string>,
): AsyncGenerator<Buffer, void, void> {
  const { prefix, defaultLabels } = source;
  await source.collect((metric) => isAsked(metric, prefix, names));
  const families = new Set<string>();
  let text = '';
  let since = performance.now();
  for (const metric of source.getMetricsAsArray()) {
    if (!isAsked(metric, prefix, names)) continue;
    if (format === 'protobuf') {
      const family = protobufFamily(metric, prefix, defaultLabels);
      for (const some of slices(metric)) {
        family.add(some);
        if (performance.now() - since > TURN) {
          await nextTurn();
          since = performance.now();
        }
      }
      yield family.finish();
      continue;
    }
    const family = freeFamily(prefix + metric.name, metric.kind, families);
    const render = (some: readonly Series[]) =>
      format === 'text'
        ? renderText(metric as never, prefix, defaultLabels, some)
        : renderOpenMetrics(metric as never, prefix, defaultLabels, some, family);
    // What is said of the metric itself comes but once.
    const head = render([]);
    text += head;
    for (const some of slices(metric)) {
      text += render(some).slice(head.length);
      if (text.length >= CHUNK) {
        yield Buffer.from(text);
        text = '';
      }
      if (performance.now() - since > TURN) {
        await nextTurn();
        since = performance.now();
      }
    }
  }
  if (format === 'openmetrics') text += OPEN_METRICS_END;
  if (text !== '') yield Buffer.from(text);
}

/**
 * The family of a metric, unless another has that name: the counter `jobs_total` and the gauge `jobs` are both of the
 * family `jobs`, and a family may stand there but once. The second is then one of its own, of an unknown type.
 */
function freeFamily(name: string, kind: MetricKind, taken: Set<string>): Family {
  const family = familyOf(name, kind);
  const free: Family = taken.has(family.name) ? { name, type: 'unknown' } : family;
  taken.add(free.name);
  return free;
}

/** The series of a metric in portions that take about the same time; those that have left meanwhile are left out. */
function* slices(metric: AnyMetric): Generator<Series[]> {
  const all: readonly Series[] = metric.series();
  const length =
    metric.kind === 'summary' || metric.kind === 'native'
      ? SLOW_ONES
      : Math.max(1, Math.ceil(LINES / metric.lines.length));
  for (let i = 0; i < all.length; i += length) yield all.slice(i, i + length).filter(({ live }) => live);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
