import type { AnyMetric } from '../any-metric.js';
import type { ExponentialHistogramData } from '../exponential-data.js';
import { labelPair } from '../labels.js';
import type { MetricKind, MetricType } from '../metric.js';
import type { Registry } from '../registry.js';
import type { Line } from '../series.js';
import type { SketchState } from '../sketch.js';
import { defaultsFor } from '../text-format.js';

/** One series as it stood, as plain data. */
export interface SeriesSnapshot {
  readonly text: string;
  readonly startedAt: number;
  readonly numbers: readonly number[];
  /** Of a native histogram. */
  readonly native?: ExponentialHistogramData;
  /** Of a summary: what it observed within its window. */
  readonly sketch?: SketchState;
}

/** One metric as it stood, as plain data. */
export interface MetricSnapshot {
  readonly name: string;
  readonly help: string;
  readonly kind: MetricKind;
  readonly type: MetricType;
  readonly labelNames: readonly string[];
  readonly lines: readonly Line[];
  /** Upper bounds of a histogram, quantiles of a summary. */
  readonly cuts?: readonly number[];
  readonly states?: readonly string[];
  readonly series: readonly SeriesSnapshot[];
}

/** Collects, and gives everything that the registry shows, its prefix and default labels put in. */
export async function snapshotOf(registry: Registry): Promise<MetricSnapshot[]> {
  await registry.collect();
  return registry.getMetricsAsArray().map((metric) => {
    const defaults = defaultsFor(metric, registry.defaultLabels);
    const more = Object.entries(defaults).map((pair) => labelPair(...pair));
    return {
      name: registry.prefix + metric.name,
      help: metric.help,
      kind: metric.kind,
      type: metric.type,
      labelNames: [...metric.labelNames, ...Object.keys(defaults)],
      lines: metric.lines,
      ...cutsOf(metric),
      series: seriesOf(metric, more),
    };
  });
}

/** As text: JSON has no infinities and no NaN, which gauges and empty summaries have. */
export function pack(metrics: readonly MetricSnapshot[]): string {
  return JSON.stringify(metrics, (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? { not: String(value) } : value,
  );
}

export function unpack(text: string): MetricSnapshot[] {
  return JSON.parse(text, (_, value: unknown) =>
    typeof value === 'object' && value !== null && 'not' in value ? Number(value.not) : value,
  ) as MetricSnapshot[];
}

/** The text of a series with more labels at its end. */
export function withLabels(text: string, pairs: readonly string[]): string {
  if (pairs.length === 0) return text;
  const own = text === '' ? [] : [text.slice(0, -2)];
  return `${[...own, ...pairs].join(',')}} `;
}

function cutsOf(metric: AnyMetric): Pick<MetricSnapshot, 'cuts' | 'states'> {
  if (metric.kind === 'histogram') return { cuts: metric.buckets };
  if (metric.kind === 'summary') return { cuts: metric.percentiles };
  return metric.kind === 'stateset' ? { states: metric.states } : {};
}

function seriesOf(metric: AnyMetric, more: readonly string[]): SeriesSnapshot[] {
  const plain = (series: ReturnType<AnyMetric['series']>[number]): SeriesSnapshot => ({
    text: withLabels(series.text, more),
    startedAt: series.startedAt,
    numbers: series.numbers(),
  });
  if (metric.kind === 'native') {
    return metric.series().map((series) => ({ ...plain(series), native: series.data() }));
  }
  if (metric.kind === 'summary') {
    return metric.series().map((series) => ({ ...plain(series), sketch: series.sketch().state() }));
  }
  return Array.from<ReturnType<AnyMetric['series']>[number], SeriesSnapshot>(metric.series(), plain);
}
