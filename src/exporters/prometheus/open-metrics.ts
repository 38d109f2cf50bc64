import type { Exemplar } from '../../metrics/exemplar.js';
import { escaped, labelPair, labelText } from '../../metrics/labels.js';
import type { Metric } from '../../metrics/metric.js';
import type { Series } from '../../metrics/series.js';
import { type DefaultLabels, defaultsFor, numberText } from '../../metrics/text-format.js';
import { newestExemplar } from './exemplars.js';
import { type Family, familyOf } from './family.js';

/** What the last line of an exposition says, so that one cut short is noticed. */
export const OPEN_METRICS_END = '# EOF\n';

/**
 * One metric, or some series of it, as OpenMetrics 1.0 has it.
 *
 * Where it differs from the text format 0.0.4: a counter's family is named without `_total`; one that does not
 * end so is of an unknown type, as in Prometheus' library for Go, for its series must not change their name with
 * the format; whole bounds of buckets and quantiles are written `1.0`; units are told, and exemplars shown.
 *
 * Specification: https://prometheus.io/docs/specs/om/open_metrics_spec/
 *
 * @param family another than the metric's name and kind suggest, where that one is taken
 */
export function renderOpenMetrics(
  metric: Metric<string, Series>,
  prefix: string,
  defaults: DefaultLabels,
  some: readonly Series[] = metric.series(),
  family: Family = familyOf(prefix + metric.name, metric.kind),
): string {
  const name = prefix + metric.name;
  const shared = Object.entries(defaultsFor(metric, defaults)).map((pair) => labelPair(...pair));
  const begun: string[] = [];
  const whole: string[] = [];
  for (const { suffix, cut } of metric.lines) {
    const own =
      cut === undefined ? [] : [labelPair(metric.kind === 'stateset' ? name : cut[0], canonical(cut[1]))];
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
    const exemplars = family.type === 'unknown' ? undefined : exemplarsByLine(metric, series);
    for (let i = 0; i < numbers.length; i++) {
      text += lines[i];
      text += end;
      text += numberText(numbers[i]!);
      const exemplar = exemplars?.[i];
      if (exemplar !== undefined) text += exemplarText(exemplar);
    }
  }
  return `${text}\n`;
}

/** The buckets of a native histogram have no lines; its newest exemplar stands at the one that takes all. */
function exemplarsByLine(
  metric: Metric<string, Series>,
  { exemplars }: Series,
): readonly (Exemplar | undefined)[] | undefined {
  if (exemplars === undefined || metric.kind !== 'native') return exemplars?.read();
  return [newestExemplar(exemplars.read())];
}

/** Characters of the names and values of an exemplar's labels at most, by the specification. */
const EXEMPLAR_LENGTH = 128;

function exemplarText({ value, time, traceId, spanId, labels }: Exemplar): string {
  const pairs: string[] = [];
  let length = 0;
  const add = (name: string, given: string | undefined) => {
    if (given === undefined) return;
    const text = labelText(given);
    const longer = length + name.length + [...text].length;
    if (longer > EXEMPLAR_LENGTH) return;
    length = longer;
    pairs.push(labelPair(name, text));
  };
  add('trace_id', traceId);
  add('span_id', spanId);
  for (const [name, text] of Object.entries(labels ?? {})) add(name, text);
  return ` # {${pairs.join(',')}} ${numberText(value)} ${time / 1000}`;
}

/** A bound as all exposers should write it: a whole number with a fraction of zero. */
function canonical(bound: string): string {
  return /^-?\d+$/.test(bound) ? `${bound}.0` : bound;
}
