import type { MetricAdvice } from '@opentelemetry/api';
import { checkAscending } from '../buckets.js';
import type { InstrumentIdentity } from '../instrument.js';
import type { MetricSettings } from '../settings.js';
import type { Aggregation, SharedMetric, SharedMetrics } from './shared-metric.js';
import { CounterStream, GaugeStream, HistogramStream, type Stream } from './stream.js';
import type { StandardAggregation, ViewSelector } from './view-selector.js';

/** The bounds that OpenTelemetry's specification gives a histogram that nobody gave any. */
const DEFAULT_BOUNDARIES: readonly number[] = [
  0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000,
];

/** Makes of an instrument what its views, or its type, say. */
export class StreamFactory {
  readonly #metrics: SharedMetrics;
  readonly #viewsOf: ViewSelector;
  readonly #withScope: boolean;
  readonly #settings: MetricSettings;

  constructor(metrics: SharedMetrics, viewsOf: ViewSelector, withScope: boolean, settings: MetricSettings) {
    this.#metrics = metrics;
    this.#viewsOf = viewsOf;
    this.#withScope = withScope;
    this.#settings = settings;
  }

  streamsFor(instrument: InstrumentIdentity, advice?: MetricAdvice): Stream[] {
    const streams: Stream[] = [];
    const advised = this.#advised(instrument.descriptor.name, advice);
    const standard: StandardAggregation = (type = instrument.type, boundaries = advised) => {
      const kind = KINDS[type];
      return kind === 'histogram' ? { kind, buckets: boundaries ?? DEFAULT_BOUNDARIES } : { kind };
    };
    for (const view of this.#viewsOf(instrument, standard)) {
      const { descriptor } = instrument;
      const { name = descriptor.name, description = descriptor.description, aggregation } = view;
      if (aggregation === undefined) continue;
      const limit = view.aggregationCardinalityLimit;
      const identity = { ...instrument, descriptor: { ...descriptor, name, description } };
      const shared = this.#metrics.metricFor(
        identity,
        limit === undefined ? aggregation : { ...aggregation, maxSeries: limit },
      );
      streams.push(this.#stream(identity, aggregation, shared, view.attributesProcessors ?? []));
    }
    if (streams.some((stream, i) => streams.findIndex((other) => same(other, stream)) < i)) {
      const { name } = instrument.descriptor;
      const what = `Two views make the same metric of the instrument ${name}: each value counts twice`;
      this.#settings.diagnostics.report('view_conflict', name, what);
    }
    return streams;
  }

  /** The bounds that whoever made the instrument advises; what are no bounds is told and left out. */
  #advised(name: string, advice: MetricAdvice | undefined): readonly number[] | undefined {
    const given = advice?.explicitBucketBoundaries;
    if (given === undefined) return undefined;
    try {
      const finite = given.at(-1) === Infinity ? given.slice(0, -1) : given;
      return checkAscending(`The advice for the instrument ${name}`, 'explicitBucketBoundaries', finite);
    } catch (error) {
      const what = `The bounds advised for the instrument ${name} are left out`;
      this.#settings.diagnostics.report('instrument_advice', name, what, error);
      return undefined;
    }
  }

  #stream(
    identity: InstrumentIdentity,
    { kind }: Aggregation,
    shared: SharedMetric,
    processors: ConstructorParameters<typeof CounterStream>[2],
  ): Stream {
    const Class = STREAMS[kind];
    return new Class(identity, shared as never, processors, this.#withScope) as unknown as Stream;
  }
}

const STREAMS = {
  counter: CounterStream,
  updown: CounterStream,
  gauge: GaugeStream,
  histogram: HistogramStream,
  native: HistogramStream,
} as const;

function same(a: Stream, b: Stream): boolean {
  return a.identity.descriptor.name === b.identity.descriptor.name;
}

const KINDS = {
  COUNTER: 'counter',
  UP_DOWN_COUNTER: 'updown',
  GAUGE: 'gauge',
  HISTOGRAM: 'histogram',
  OBSERVABLE_COUNTER: 'counter',
  OBSERVABLE_UP_DOWN_COUNTER: 'updown',
  OBSERVABLE_GAUGE: 'gauge',
} as const;
