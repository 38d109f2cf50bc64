import { type Clock, systemClock } from '../../common/clock.js';
import { Diagnostics } from '../../common/diagnostics.js';
import { checkInteger, checkMethods, checkOptions } from '../../common/options.js';
import type { AnyMetric } from '../../metrics/any-metric.js';
import type { NativeHistogramSeries } from '../../metrics/native-histogram.js';
import type { Registry } from '../../metrics/registry.js';
import { METRIC_NAME } from '../labels.js';
import type { Series } from '../store/series.js';
import type { TimeSeriesStore } from '../store/store.js';
import { normalizeBound } from './bounds.js';
import { floatHistogramOf } from './exponential.js';
import { readLabels } from './exposition.js';
import { ScrapeLoop } from './scrape-loop.js';
import { ScrapeSession } from './session.js';

export interface RegistryScraperOptions {
  /** Whose metrics are read. */
  registry: Registry;
  /** Where their values go. */
  store: TimeSeriesStore;
  /** Milliseconds between two readings. Default 15,000. */
  interval?: number;
  /** Labels put on every series, such as `job` and `instance`; a metric's own win. Default: none. */
  labels?: Readonly<Record<string, string>>;
  clock?: Clock;
  diagnostics?: Diagnostics;
}

export interface RegistryScraper {
  /** Reads the registry now. Never rejects. */
  scrape(): Promise<void>;
  /** Stops reading, and marks all series as ended. */
  stop(): Promise<void>;
}

type MetricSeries = ReturnType<AnyMetric['series']>[number];

const OWNER = 'registryScraper';
const OPTIONS = ['registry', 'store', 'interval', 'labels', 'clock', 'diagnostics'] as const;

/**
 * Reads a registry into a store every so often: what a Prometheus
 * would scrape is there to be asked, without a line of text in between. Its timer never keeps the process alive.
 *
 * A native histogram is there under its own name, for `histogram_quantile(0.9, rate(name[5m]))`, and by `name_sum`
 * and `name_count` as well; one of a scale below −4, which Prometheus does not have, by those two only.
 *
 * @example
 * const scraper = registryScraper({ registry, store, labels: { job: 'checkout' } });
 */
export function registryScraper(options: RegistryScraperOptions): RegistryScraper {
  const given = checkOptions(OWNER, options, OPTIONS);
  const registry = checkMethods(OWNER, 'registry', given.registry, ['collect', 'getMetricsAsArray']);
  const store = checkMethods(OWNER, 'store', given.store, ['series', 'prune']);
  const interval = checkInteger(OWNER, 'interval', given.interval, 15_000, { min: 1 });
  const clock = given.clock ?? systemClock;
  const diagnostics = given.diagnostics ?? new Diagnostics({ clock });
  const session = new ScrapeSession();
  /** The handles of each series of the registry: one for each of its lines, then that of a native histogram. */
  let handles = new WeakMap<MetricSeries, (Series | undefined)[]>();

  async function read(): Promise<void> {
    try {
      await registry.collect();
      const time = clock.now();
      for (const metric of registry.getMetricsAsArray()) readMetric(metric, time);
      session.end(time);
      // A series that the store let go of must be made anew: handles live no longer than what they lead to.
      if (store.prune(time) > 0) handles = new WeakMap();
    } catch (error) {
      diagnostics.report('scrape_failed', OWNER, 'The registry could not be read into the store', error);
    }
  }

  function readMetric(metric: AnyMetric, time: number): void {
    for (const series of metric.series()) {
      const lines = handles.get(series) ?? handlesOf(metric, series);
      const numbers = series.numbers();
      for (const [line, value] of numbers.entries()) {
        const handle = lines[line];
        if (handle !== undefined) session.append(handle, time, value);
      }
      // Beyond the lines, where `handlesOf` has put it.
      const whole = lines[numbers.length];
      const histogram = whole && floatHistogramOf((series as NativeHistogramSeries).data());
      if (histogram !== undefined) session.append(whole!, time, histogram);
    }
  }

  function handlesOf(metric: AnyMetric, series: MetricSeries): (Series | undefined)[] {
    // A series knows its labels as the text that a scrape shows; this is read once in its life.
    const pairs: [string, string][] = [];
    if (series.text !== '') readLabels(series.text, pairs);
    const own = { ...given.labels, ...registry.defaultLabels, ...Object.fromEntries(pairs) };
    store.metadata.set(registry.prefix + metric.name, { type: metric.type, help: metric.help, unit: '' });
    const lines = metric.lines.map(({ suffix, cut }) =>
      store.series({
        ...own,
        ...(cut === undefined ? {} : { [cut[0]]: normalizeBound(cut[1]) }),
        [METRIC_NAME]: registry.prefix + metric.name + suffix,
      }),
    );
    if (metric.kind === 'native')
      lines.push(store.series({ ...own, [METRIC_NAME]: registry.prefix + metric.name }));
    handles.set(series, lines);
    return lines;
  }

  const loop = new ScrapeLoop(clock, interval, read);
  return {
    scrape: () => loop.scrape(),
    async stop() {
      if (await loop.stop()) session.close(clock.now());
    },
  };
}
