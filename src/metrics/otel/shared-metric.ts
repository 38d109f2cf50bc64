import { TelltaleError } from '../../common/errors.js';
import { Counter, type CounterSeries } from '../counter.js';
import type { DistributionSeries } from '../distribution.js';
import { Gauge, type GaugeSeries } from '../gauge.js';
import { Histogram } from '../histogram.js';
import type { InstrumentFacet, InstrumentIdentity, InstrumentSeries } from '../instrument.js';
import type { Metric, MetricHost } from '../metric.js';
import type { NativeHistogram } from '../native-histogram.js';
import { prometheusName } from '../prometheus-names.js';
import type { Registry } from '../registry.js';
import type { Series } from '../series.js';
import { UpDownCounter, type UpDownCounterSeries } from '../up-down-counter.js';

/** The series that instruments record into. */
export type SharedSeries = CounterSeries | UpDownCounterSeries | GaugeSeries | DistributionSeries;

/** A metric of the registry, and which instruments made its series: those of one name in several meters share one. */
export interface SharedMetric<S extends SharedSeries = SharedSeries> {
  readonly metric: Metric<string, S>;
  readonly made: WeakMap<object, InstrumentSeries>;
}

/** What a metric is to be. */
export interface Aggregation {
  readonly kind: keyof typeof CLASSES | 'native';
  /** The class of a native histogram: views alone make any, and bring it along. */
  readonly Class?: typeof NativeHistogram;
  readonly buckets?: readonly number[];
  readonly maxBuckets?: number;
  readonly maxSeries?: number;
}

const CLASSES = {
  counter: Counter,
  updown: UpDownCounter,
  gauge: Gauge,
  histogram: Histogram,
} as const;

/** The metrics that one provider has made in a registry. */
export class SharedMetrics {
  readonly #registry: Registry;
  readonly #made = new Map<string, SharedMetric>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /**
   * The metric for an instrument; what is there already under its name is shared where it is of the same shape.
   * Otherwise somebody else has that name: it is told, and what is recorded is kept out of the registry.
   */
  metricFor(identity: InstrumentIdentity, { kind, Class, ...more }: Aggregation): SharedMetric {
    const { name, unit, description } = identity.descriptor;
    const options = {
      name: prometheusName(name, unit, kind),
      help: description || name || 'An instrument without a name.',
      // They grow with the attributes that come. With none at all there would be a series before any value.
      labelNames: ['otel_scope_name', 'otel_scope_version'],
    };
    const make = (host: MetricHost, shape: Omit<Aggregation, 'kind'>): SharedMetric => {
      const Kind = Class ?? CLASSES[kind as keyof typeof CLASSES];
      const metric = new Kind({
        ...options,
        ...shape,
        registers: [host],
      } as never) as never as SharedMetric['metric'];
      const made: SharedMetric['made'] = new WeakMap();
      // A list of its own, for it grows.
      (metric as { labelNames: readonly string[] }).labelNames = [...metric.labelNames];
      metric.instrument = facetOf(identity, made);
      return { metric, made };
    };
    const known = this.#made.get(options.name);
    const isListed =
      known !== undefined && this.#registry.getSingleMetric(known.metric.name) === (known.metric as unknown);
    const { settings } = this.#registry;
    try {
      if (!isListed) {
        const shared = make(this.#registry, more);
        this.#made.set(options.name, shared);
        return shared;
      }
      const asked = make({ settings, registerMetric() {} }, more);
      if (known.metric.kind === kind && bucketsOf(asked) === bucketsOf(known)) return known;
      throw new TelltaleError(`it is a ${known.metric.kind} already`, 'name');
    } catch (error) {
      const what = `The instrument ${name} of ${identity.scope.name} cannot be shown as ${options.name}`;
      settings.diagnostics.report('instrument_conflict', name, what, error);
      // Whatever was wrong with what it was to be, this can be made: the API never throws.
      return make({ settings, registerMetric() {} }, {});
    }
  }
}

/** @param first what made the metric; others of the same name may share it. Whose series is nobody's, is its. */
function facetOf(first: InstrumentIdentity, made: SharedMetric['made']): InstrumentFacet {
  return {
    of: (series) => made.get(series),
    groups(all) {
      const groups = new Map<InstrumentIdentity, Series[]>();
      for (const series of all) {
        const instrument = made.get(series)?.instrument ?? first;
        const group = groups.get(instrument);
        if (group === undefined) groups.set(instrument, [series]);
        else group.push(series);
      }
      return groups;
    },
  };
}

function bucketsOf({ metric }: SharedMetric): string {
  return metric.lines.map(({ cut }) => cut?.join('=') ?? '').join(' ');
}
