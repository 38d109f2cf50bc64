import type { Attributes } from '@opentelemetry/api';
import {
  type ExponentialHistogramValue,
  GAUGE,
  type HistogramValue,
  type MetricData,
  SUM,
} from '../../metrics/resource-metrics.js';

/** `dogstatsd` has tags; plain `statsd` has none, and gets the labels into the name: `requests.method.GET`. */
export type StatsdDialect = 'dogstatsd' | 'statsd';

export interface LineOptions {
  readonly dialect: StatsdDialect;
  readonly prefix: string;
  /** Tags of every line; for the plain dialect parts of every name. */
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * A metric as StatsD lines: what only grows as counters of what came since the last time, everything else as
 * gauges. A histogram becomes the counters `.count`, `.sum` and, for each bucket that has something new, `.bucket`
 * with the tag `upper_bound`: StatsD has no way to say that a thousand values lay between two bounds.
 *
 * Formats: https://github.com/statsd/statsd/blob/master/docs/metric_types.md and
 * https://docs.datadoghq.com/developers/dogstatsd/datagram_shell/
 */
export function statsdLines(metric: MetricData, options: LineOptions): string[] {
  const lines: string[] = [];
  const { name } = metric.descriptor;
  for (const { attributes, value } of metric.dataPoints) {
    const write = (suffix: string, number: number, type: 'c' | 'g', more?: Attributes) => {
      if (!Number.isFinite(number)) return; // StatsD has no such numbers
      const tags = { ...options.tags, ...attributes, ...more };
      // A gauge with a sign is a change to the gauge in the plain dialect: it is set to zero first.
      if (type === 'g' && number < 0 && options.dialect === 'statsd') {
        lines.push(line(name + suffix, 0, type, tags, options));
      }
      lines.push(line(name + suffix, number, type, tags, options));
    };
    if (typeof value === 'number') {
      const counts = metric.dataPointType === SUM && metric.isMonotonic;
      if (metric.dataPointType === GAUGE || !counts) write('', value, 'g');
      else if (value !== 0) write('', value, 'c');
    } else writeDistribution(value, write);
  }
  return lines;
}

function writeDistribution(
  value: HistogramValue | ExponentialHistogramValue,
  write: (suffix: string, number: number, type: 'c' | 'g', more?: Attributes) => void,
): void {
  write('.count', value.count, 'c');
  write('.sum', value.sum ?? Number.NaN, 'c');
  if (!('buckets' in value)) return;
  const { boundaries, counts } = value.buckets;
  for (let i = 0; i < counts.length; i++) {
    const bound = i < boundaries.length ? String(boundaries[i]) : 'inf';
    if (counts[i] !== 0) write('.bucket', counts[i]!, 'c', { upper_bound: bound });
  }
}

function line(
  name: string,
  value: number,
  type: 'c' | 'g',
  tags: Attributes,
  { dialect, prefix }: LineOptions,
): string {
  const head = prefix + cleanName(name);
  const text = plainNumber(value);
  const pairs = Object.entries(tags).filter(([, tag]) => tag !== undefined && tag !== '');
  if (dialect === 'dogstatsd') {
    const list = pairs.map(([key, tag]) => `${cleanKey(key)}:${cleanTag(String(tag))}`).join(',');
    return `${head}:${text}|${type}${list === '' ? '' : `|#${list}`}`;
  }
  const parts = pairs.map(([key, tag]) => `.${cleanKey(key)}.${cleanName(String(tag)).replace(/\./g, '_')}`);
  return `${head}${parts.join('')}:${text}|${type}`;
}

/** Without an exponent, which not every server reads. */
function plainNumber(value: number): string {
  const text = String(value);
  if (!text.includes('e')) return text;
  return Math.abs(value) >= 1
    ? BigInt(value).toString()
    : value.toFixed(20).replace(/0+$/, '').replace(/\.$/, '');
}

function cleanName(name: string): string {
  return name.replace(/[^\w.-]/g, '_');
}

function cleanKey(key: string): string {
  return key.replace(/[^\w.-]/g, '_').replace(/\./g, '_');
}

/** What would end a tag, a line or a list. */
function cleanTag(tag: string): string {
  return tag.slice(0, 200).replace(/[|,#\p{Cc}\u2028\u2029]/gu, '_');
}
