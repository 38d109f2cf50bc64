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
  const shared = Object.entries(defaultsFor(metric, defaults)).map(([label, value]) =>
    labelPair(label, value),
  );
  // What each line begins with, for series with labels of their own and for those without.
  const begun: string[] = [];
  const whole: string[] = [];
  for (const { suffix, cut } of metric.lines) {
    const pairs = cut === undefined ? shared : [labelPair(cut.label, cut.at), ...shared];
    const labels = pairs.join(',');
    begun.push(`${name + suffix}{${labels === '' ? '' : `${labels},`}`);
    whole.push(`${name + suffix}${labels === '' ? '' : `{${labels}}`} `);
  }
  let text = `# HELP ${name} ${escapeHelp(metric.help)}\n# TYPE ${name} ${metric.type}\n`;
  let end = '';
  const write = (line: number, value: number): void => {
    text += `${(end === '' ? whole[line]! : begun[line]! + end) + numberText(value)}\n`;
  };
  for (const series of metric.series()) {
    end = series.text;
    series.sample(write);
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
