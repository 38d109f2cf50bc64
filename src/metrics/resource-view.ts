import type { Attributes, HrTime } from '@opentelemetry/api';
import type { Resource } from '../common/resource.js';
import type { AnyMetric } from './any-metric.js';
import type { ExponentialHistogramData } from './exponential-data.js';
import type { GaugeSeries } from './gauge.js';
import type { InfoSeries } from './info.js';
import { labelsOf, OVERFLOW_LABEL } from './labels.js';
import type { Registry } from './registry.js';
import {
  CUMULATIVE,
  type DataPoint,
  EXPONENTIAL_HISTOGRAM,
  type ExponentialHistogramValue,
  GAUGE,
  HISTOGRAM,
  type MetricData,
  type MetricDescriptor,
  type ResourceMetrics,
  SUM,
} from './resource-metrics.js';
import type { Series } from './series.js';
import { defaultsFor } from './text-format.js';

/**
 * The registry as OpenTelemetry's exporters take it: cumulative, each series from the moment it began at zero.
 *
 * OpenTelemetry JS has no summary points. A summary becomes what its Prometheus lines are: a gauge of quantiles
 * with the attribute `quantile`, and the sums `…_sum` and `…_count`.
 */
export async function collectResourceMetrics(
  registry: Registry,
  resource: Resource,
): Promise<ResourceMetrics> {
  await registry.collect();
  const view = new View(registry);
  const metrics = registry.getMetricsAsArray().flatMap((metric) => view.of(metric));
  return { resource, scopeMetrics: [{ scope: { name: 'telltale' }, metrics }] };
}

class View {
  readonly #prefix: string;
  readonly #defaults: Readonly<Record<string, string>>;
  readonly #now: number;

  constructor(registry: Registry) {
    this.#prefix = registry.prefix;
    this.#defaults = registry.defaultLabels;
    this.#now = registry.settings.clock.now();
  }

  of(metric: AnyMetric): MetricData[] {
    const descriptor = this.#describe(metric);
    const aggregationTemporality = CUMULATIVE;
    switch (metric.kind) {
      case 'counter':
        return [
          {
            descriptor,
            aggregationTemporality,
            dataPointType: SUM,
            isMonotonic: true,
            dataPoints: this.#points(metric, metric.series(), (series) => series.value),
          },
        ];
      case 'updown':
        return [
          {
            descriptor,
            aggregationTemporality,
            dataPointType: SUM,
            isMonotonic: false,
            dataPoints: this.#points(metric, metric.series(), (series) => series.value),
          },
        ];
      case 'native':
        return [
          {
            descriptor,
            aggregationTemporality,
            dataPointType: EXPONENTIAL_HISTOGRAM,
            dataPoints: this.#points(metric, metric.series(), (series) => exponentialValue(series.data())),
          },
        ];
      case 'stateset': {
        const states = [...metric.series()].flatMap((series) =>
          series
            .numbers()
            .map((on, i) => this.#point(metric, series, on, { [metric.name]: metric.states[i]! })),
        );
        return [{ descriptor, aggregationTemporality, dataPointType: GAUGE, dataPoints: states }];
      }
      case 'info':
      case 'gauge':
        return [
          {
            descriptor,
            aggregationTemporality,
            dataPointType: GAUGE,
            dataPoints: this.#points(
              metric,
              metric.series() as readonly (GaugeSeries | InfoSeries)[],
              ({ value }) => value,
            ),
          },
        ];
      case 'histogram':
        return [
          {
            descriptor,
            aggregationTemporality,
            dataPointType: HISTOGRAM,
            dataPoints: this.#points(metric, metric.series(), ({ counts, sum, count }) => ({
              buckets: { boundaries: [...metric.buckets], counts: [...counts] },
              sum,
              count,
            })),
          },
        ];
      case 'summary': {
        const quantiles = [...metric.series()].flatMap((series) => {
          const values = series.numbers();
          return metric.percentiles.map((quantile, i) =>
            this.#point(metric, series, values[i]!, { quantile: String(quantile) }),
          );
        });
        return [
          { descriptor, aggregationTemporality, dataPointType: GAUGE, dataPoints: quantiles },
          {
            descriptor: this.#describe(metric, '_sum'),
            aggregationTemporality,
            dataPointType: SUM,
            isMonotonic: false, // what is observed may be negative
            dataPoints: this.#points(metric, metric.series(), (series) => series.sum),
          },
          {
            descriptor: { ...this.#describe(metric, '_count'), unit: '' },
            aggregationTemporality,
            dataPointType: SUM,
            isMonotonic: true,
            dataPoints: this.#points(metric, metric.series(), (series) => series.count),
          },
        ];
      }
    }
  }

  #points<S extends Series, T>(metric: AnyMetric, all: Iterable<S>, read: (series: S) => T): DataPoint<T>[] {
    return Array.from(all, (series) => this.#point(metric, series, read(series)));
  }

  #point<T>(metric: AnyMetric, series: Series, value: T, more?: Attributes): DataPoint<T> {
    const { [OVERFLOW_LABEL]: overflow, ...labels } = labelsOf(series.text);
    const attributes: Attributes = { ...defaultsFor(metric, this.#defaults), ...labels, ...more };
    if (overflow !== undefined) attributes['otel.metric.overflow'] = true;
    const startTime = hrTime(series.startedAt);
    // The wall clock may have been set back since.
    return { startTime, endTime: hrTime(Math.max(this.#now, series.startedAt)), attributes, value };
  }

  #describe(metric: AnyMetric, suffix = ''): MetricDescriptor {
    return {
      name: this.#prefix + metric.name + suffix,
      description: metric.help,
      unit: unitOf(metric.name),
      valueType: 1,
    };
  }
}

function exponentialValue(data: ExponentialHistogramData): ExponentialHistogramValue {
  const { scale, count, sum, zeroCount, positive, negative, min, max } = data;
  const extremes = count === 0 ? {} : { min, max };
  const buckets = ({ offset, counts }: typeof positive) => ({ offset, bucketCounts: [...counts] });
  return {
    count,
    sum,
    scale,
    zeroCount,
    positive: buckets(positive),
    negative: buckets(negative),
    ...extremes,
  };
}

/** The unit that Prometheus' naming puts into the name, as OpenTelemetry (UCUM) writes it. */
function unitOf(name: string): string {
  const units: Record<string, string> = {
    seconds: 's',
    bytes: 'By',
    ratio: '1',
    celsius: 'Cel',
    meters: 'm',
  };
  return (
    units[
      name
        .replace(/_total$/, '')
        .split('_')
        .at(-1)!
    ] ?? ''
  );
}

function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}
