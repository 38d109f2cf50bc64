import type { Counter } from './counter.js';
import type { Gauge } from './gauge.js';
import type { Histogram } from './histogram.js';
import { labelPair, labelText } from './labels.js';
import type { Series } from './series.js';
import type { Summary } from './summary.js';

/** Any metric, by its `type`. */
export type AnyMetric = Counter<string> | Gauge<string> | Histogram<string> | Summary<string>;

export const TEXT_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * One metric in the Prometheus text format 0.0.4, or nothing if it has no series.
 *
 * Specification: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function renderText(metric: AnyMetric, prefix: string, defaults: DefaultLabels): string {
  const name = prefix + metric.name;
  const begin = labelsBefore(metric, defaults);
  const lines = renderSeries(metric, name, begin);
  return `# HELP ${name} ${escapeHelp(metric.help)}\n# TYPE ${name} ${metric.type}\n${lines}`;
}

/** Labels that every series of a registry carries. */
export type DefaultLabels = Readonly<Record<string, string>>;

/** A number as Prometheus reads it. */
export function numberText(value: number): string {
  if (value - value === 0) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

function renderSeries(metric: AnyMetric, name: string, begin: LabelsBefore): string {
  switch (metric.type) {
    case 'counter':
    case 'gauge':
      return renderValues(metric, name, begin);
    case 'histogram':
      return renderHistogram(metric, name, begin);
    case 'summary':
      return renderSummary(metric, name, begin);
  }
}

function renderValues(metric: Counter<string> | Gauge<string>, name: string, begin: LabelsBefore): string {
  let text = '';
  for (const series of metric.series()) {
    text += `${name + braced(begin(series))} ${numberText(series.value)}\n`;
  }
  return text;
}

function renderHistogram(metric: Histogram<string>, name: string, begin: LabelsBefore): string {
  const heads = [...metric.buckets.map(String), '+Inf'].map((le) => `${name}_bucket{le="${le}"`);
  let text = '';
  for (const series of metric.series()) {
    const labels = begin(series);
    const tail = labels === '' ? '} ' : `,${labels}} `;
    let count = 0;
    for (let i = 0; i < heads.length; i++) {
      count += series.counts[i]!;
      text += `${heads[i]! + tail + count}\n`;
    }
    const own = braced(labels);
    text += `${name}_sum${own} ${numberText(series.sum)}\n${name}_count${own} ${count}\n`;
  }
  return text;
}

function renderSummary(metric: Summary<string>, name: string, begin: LabelsBefore): string {
  const heads = metric.percentiles.map((quantile) => `${name}{quantile="${quantile}"`);
  let text = '';
  for (const series of metric.series()) {
    const labels = begin(series);
    const tail = labels === '' ? '} ' : `,${labels}} `;
    const values = series.quantiles(metric.percentiles);
    for (let i = 0; i < heads.length; i++) text += `${heads[i]! + tail + numberText(values[i]!)}\n`;
    const own = braced(labels);
    text += `${name}_sum${own} ${numberText(series.sum)}\n${name}_count${own} ${series.count}\n`;
  }
  return text;
}

/** The text of all labels of a series, those of the registry included. */
type LabelsBefore = (series: Series) => string;

/** A series' own labels win; a default stands in only where the series has no such label. */
function labelsBefore(metric: AnyMetric, defaults: DefaultLabels): LabelsBefore {
  const names: readonly string[] = metric.labelNames;
  const always: string[] = [];
  const standIns: { at: number; pair: string }[] = [];
  for (const [name, value] of Object.entries(defaults)) {
    const pair = labelPair(name, value);
    if (names.includes(name)) standIns.push({ at: names.indexOf(name), pair });
    else always.push(pair);
  }
  const shared = always.join(',');
  if (standIns.length === 0) {
    if (shared === '') return (series) => series.text;
    return (series) => (series.text === '' ? shared : `${shared},${series.text}`);
  }
  return (series) =>
    [shared, ...standIns.filter(({ at }) => !series.values[at]).map(({ pair }) => pair), series.text]
      .filter((part) => part !== '')
      .join(',');
}

function braced(labels: string): string {
  return labels === '' ? '' : `{${labels}}`;
}

/** In help texts only these two are special. */
function escapeHelp(help: string): string {
  return labelText(help).replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
