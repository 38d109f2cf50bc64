import { labelPair, labelText } from './labels.js';
import type { Metric } from './metric.js';
import type { Series } from './series.js';

export const TEXT_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Labels that every series of a registry carries. */
export type DefaultLabels = Readonly<Record<string, string>>;

/**
 * One metric in the Prometheus text format 0.0.4.
 *
 * Specification: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function renderText(metric: Metric<string, Series>, prefix: string, defaults: DefaultLabels): string {
  const name = prefix + metric.name;
  const { cuts, type } = metric;
  const heads = cuts?.at.map((at) => `${name + cuts.suffix}{${cuts.label}="${at}"`);
  const shared = Object.entries(defaultsFor(metric, defaults))
    .map(([label, value]) => labelPair(label, value))
    .join(',');
  let text = `# HELP ${name} ${escapeHelp(metric.help)}\n# TYPE ${name} ${type}\n`;
  let whole = '';
  let rest = '';
  const line = (suffix: string, value: number, cut?: number): void => {
    text += `${(cut === undefined ? name + suffix + whole : heads![cut]! + rest) + numberText(value)}\n`;
  };
  for (const series of metric.series()) {
    const labels = shared === '' || series.text === '' ? shared + series.text : `${shared},${series.text}`;
    whole = labels === '' ? ' ' : `{${labels}} `;
    rest = labels === '' ? '} ' : `,${labels}} `;
    series.sample(line);
  }
  return text;
}

/** The default labels that a metric does not declare itself; its own always win. */
export function defaultsFor(metric: Metric<string, Series>, defaults: DefaultLabels): DefaultLabels {
  return Object.fromEntries(Object.entries(defaults).filter(([name]) => !metric.labelNames.includes(name)));
}

/** A number as Prometheus reads it. */
function numberText(value: number): string {
  return value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : String(value);
}

/** In help texts only these two are special. */
function escapeHelp(help: string): string {
  return labelText(help).replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
