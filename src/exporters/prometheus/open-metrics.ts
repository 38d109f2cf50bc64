import { escaped, labelPair, labelText } from '../../metrics/labels.js';
import type { Metric } from '../../metrics/metric.js';
import type { Series } from '../../metrics/series.js';
import { type DefaultLabels, defaultsFor, numberText } from '../../metrics/text-format.js';

/** What the last line of an exposition says, so that one cut short is noticed. */
export const OPEN_METRICS_END = '# EOF\n';

/**
 * One metric, or some series of it, as OpenMetrics 1.0 has it.
 *
 * Where it differs from the text format 0.0.4: a counter's family is named without `_total`; one that does not
 * end so is of an unknown type, as in Prometheus' library for Go, for its series must not change their name with
 * the format; whole bounds of buckets and quantiles are written `1.0`; units are told.
 *
 * Specification: https://prometheus.io/docs/specs/om/open_metrics_spec/
 */
export function renderOpenMetrics(
  metric: Metric<string, Series>,
  prefix: string,
  defaults: DefaultLabels,
  some: readonly Series[] = metric.series(),
): string {
  const name = prefix + metric.name;
  const family = familyOf(name, metric.type);
  const shared = Object.entries(defaultsFor(metric, defaults)).map((pair) => labelPair(...pair));
  const begun: string[] = [];
  const whole: string[] = [];
  for (const { suffix, cut } of metric.lines) {
    const own = cut === undefined ? [] : [labelPair(cut[0], canonical(cut[1]))];
    const labels = [...own, ...shared].join(',');
    const line = `\n${name}${suffix}${labels && `{${labels}`}`;
    begun.push(line + (labels ? ',' : '{'));
    whole.push(line + (labels ? '} ' : ' '));
  }
  let text = `# TYPE ${family.name} ${family.type}`;
  if (family.unit !== undefined) text += `\n# UNIT ${family.name} ${family.unit}`;
  text += `\n# HELP ${family.name} ${labelText(metric.help).replace(/["\\\n]/g, escaped)}`;
  for (const series of some) {
    const end = series.text;
    const lines = end === '' ? whole : begun;
    const numbers = series.numbers();
    for (let i = 0; i < numbers.length; i++) {
      text += lines[i];
      text += end;
      text += numberText(numbers[i]!);
    }
  }
  return `${text}\n`;
}

/** Base units of https://prometheus.io/docs/practices/naming/#base-units */
const UNITS = /_(seconds|bytes|ratio|celsius|meters|volts|amperes|joules|grams|watts|hertz)$/;

/** The family that a metric is of: its name, its type, and the unit that the name ends in. */
export function familyOf(name: string, type: string): { name: string; type: string; unit?: string } {
  let family = name;
  let shown = type;
  if (type === 'counter') {
    if (name.endsWith('_total')) family = name.slice(0, -'_total'.length);
    else shown = 'unknown';
  }
  const unit = UNITS.exec(family)?.[1];
  return unit === undefined ? { name: family, type: shown } : { name: family, type: shown, unit };
}

/** A bound as all exposers should write it: a whole number with a fraction of zero. */
export function canonical(bound: string): string {
  return /^-?\d+$/.test(bound) ? `${bound}.0` : bound;
}
