import { escaped, labelPair, labelText } from './labels.js';
import type { Metric } from './metric.js';
import type { Series } from './series.js';

/** Labels that every series of a registry carries. */
export type DefaultLabels = Readonly<Record<string, string>>;

/**
 * One metric, or some series of it, in the Prometheus text format 0.0.4.
 *
 * Specification: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function renderText(
  metric: Metric<string, Series>,
  prefix: string,
  defaults: DefaultLabels,
  some: readonly Series[] = metric.series(),
): string {
  const name = prefix + metric.name;
  const shared = Object.entries(defaultsFor(metric, defaults)).map((pair) => labelPair(...pair));
  // What each line begins with, the end of the line before it included: for series with labels of their own, and
  // for those without.
  const begun: string[] = [];
  const whole: string[] = [];
  for (const { suffix, cut } of metric.lines) {
    const labels = (cut === undefined ? shared : [labelPair(...cut), ...shared]).join(',');
    const line = `\n${name}${suffix}${labels && `{${labels}`}`;
    begun.push(line + (labels ? ',' : '{'));
    whole.push(line + (labels ? '} ' : ' '));
  }
  let text = `# HELP ${name} ${labelText(metric.help).replace(/[\\\n]/g, escaped)}\n# TYPE ${name} ${metric.type}`;
  for (const series of some) {
    const end = series.text;
    const lines = end === '' ? whole : begun;
    const numbers = series.numbers();
    for (let i = 0; i < numbers.length; i++) {
      // Three pieces a line put on one after the other: 10,000 lines of labels and values into one buffer took
      // 1.70 ms, four pieces put together first 1.85 ms, an array of lines 1.81 ms, one of all pieces 2.85 ms.
      text += lines[i];
      text += end;
      text += numberText(numbers[i]!);
    }
  }
  return `${text}\n`;
}

/** The default labels that a metric does not declare itself; its own always win. */
export function defaultsFor(metric: Metric<string, Series>, defaults: DefaultLabels): DefaultLabels {
  return Object.fromEntries(Object.entries(defaults).filter(([name]) => !metric.labelNames.includes(name)));
}

/** A number as Prometheus reads it. */
export function numberText(value: number): string {
  return value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : String(value);
}
