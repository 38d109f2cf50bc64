import { invalidOption } from '../../common/errors.js';
import { checkMethods, checkNumber, checkOptions } from '../../common/options.js';
import type { HistogramSeries } from '../../metrics/histogram.js';
import type { NativeHistogramSeries } from '../../metrics/native-histogram.js';
import type { Registry } from '../../metrics/registry.js';
import type { Series } from '../../metrics/series.js';
import type { Indicator } from '../indicator.js';
import { Growth } from './growth.js';
import { countUpTo } from './native-count.js';
import { Selection } from './selection.js';

export interface LatencyBelowOptions {
  registry: Registry;
  /** A PromQL selector of a histogram by its own name: `http_request_duration_seconds{route="/pay"}`. */
  histogram: string;
  /**
   * The value up to which an observation is good, in the histogram's unit (seconds, mostly). A classic histogram
   * must have a bucket that ends there; a native one is divided within its bucket.
   */
  threshold: number;
}

const OWNER = 'latencyBelow';

/**
 * Counts the observations of a histogram: good up to a threshold, bad beyond.
 *
 * @throws TelltaleError when an option is wrong.
 */
export function latencyBelow(options: LatencyBelowOptions): Indicator {
  const given = checkOptions(OWNER, options, ['registry', 'histogram', 'threshold']);
  const registry = checkMethods(OWNER, 'registry', given.registry, ['getSingleMetric']);
  const threshold = checkNumber(OWNER, 'threshold', given.threshold, Number.NaN, { min: 0 });
  if (Number.isNaN(threshold)) throw invalidOption(OWNER, 'threshold', given.threshold, 'a number');
  const selection = new Selection(OWNER, 'histogram', given.histogram, registry);
  const isNative = selection.metric()?.kind === 'native';
  checkBucket();

  const matchers = selection.matchers.map(String);
  const select = (suffix: string, more: readonly string[] = []) => {
    const labels = [...matchers, ...more].join(',');
    return `${selection.name}${suffix}${labels && `{${labels}}`}`;
  };
  const native = `sum(increase(${select('')}[$window]))`;
  return {
    text: `${selection.text} up to ${threshold}`,
    definition: isNative
      ? {
          good: `histogram_count(${native}) * histogram_fraction(-Inf, ${threshold}, ${native})`,
          total: `histogram_count(${native})`,
        }
      : { good: select('_bucket', [`le="${threshold}"`]), total: select('_count') },
    start(host) {
      const growth = new Growth<Series>(selection, host, (series) => [
        goodIn(series, threshold),
        (series as HistogramSeries | NativeHistogramSeries).count ?? 0,
      ]);
      let checked = false;
      let noBucket: string | undefined;
      return {
        poll() {
          const metric = selection.metric();
          host.note('metric_missing', metric ? noBucket : `${selection.text} is not there yet`);
          if (metric === undefined) return;
          if (!checked) {
            checked = true;
            try {
              checkBucket();
            } catch (error) {
              noBucket = (error as Error).message;
              host.note('metric_missing', noBucket);
              host.diagnostics.report('slo_no_bucket', host.id, noBucket);
            }
          }
          const [good, total] = growth.next(2) as [number, number];
          host.add(Math.min(good, total), Math.max(0, total - good));
        },
      };
    },
  };

  function checkBucket(): void {
    const metric = selection.metric();
    if (metric === undefined || metric.kind === 'native') return;
    if (metric.kind !== 'histogram') {
      throw invalidOption(
        OWNER,
        'histogram',
        given.histogram,
        `a histogram; ${metric.name} is a ${metric.kind}`,
      );
    }
    const bounds = metric.lines.flatMap(({ cut }) => (cut?.[0] === 'le' ? [cut[1]] : []));
    if (bounds.some((bound) => Number(bound) === threshold)) return;
    throw invalidOption(OWNER, 'threshold', threshold, `a bucket of ${metric.name}: ${bounds.join(', ')}`);
  }
}

/** Observations up to the threshold; of a histogram without such a bucket, those up to the next lower one. */
function goodIn(series: Series, threshold: number): number {
  // By their shape: a registry may be of the other copy of telltale, ESM or CJS, which has classes of its own.
  const { data, bounds, counts } = series as Partial<NativeHistogramSeries & HistogramSeries>;
  if (data !== undefined) return countUpTo(data.call(series), threshold);
  if (bounds === undefined || counts === undefined) return 0;
  let good = 0;
  for (let i = 0; i < bounds.length && bounds[i]! <= threshold; i++) good += counts[i]!;
  return good;
}
