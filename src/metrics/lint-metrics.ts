import { checkMethods } from '../common/options.js';
import type { AnyMetric } from './any-metric.js';
import type { Registry } from './registry.js';

/** What is unusual about a metric. */
export interface MetricAdvice {
  /** The name of the metric, with the registry's prefix. */
  readonly metric: string;
  /** One sentence that says what to change. */
  readonly advice: string;
}

/** What Prometheus's naming has instead of other units. */
const BASE_UNITS: Readonly<Record<string, string>> = {
  ms: 'seconds',
  us: 'seconds',
  ns: 'seconds',
  milliseconds: 'seconds',
  microseconds: 'seconds',
  nanoseconds: 'seconds',
  minutes: 'seconds',
  hours: 'seconds',
  days: 'seconds',
  sec: 'seconds',
  secs: 'seconds',
  kb: 'bytes',
  mb: 'bytes',
  gb: 'bytes',
  kilobytes: 'bytes',
  megabytes: 'bytes',
  gigabytes: 'bytes',
  bits: 'bytes',
  percent: 'ratio',
  percentage: 'ratio',
  fahrenheit: 'celsius',
  kilometers: 'meters',
  miles: 'meters',
  kilograms: 'grams',
};

/** What the lines of histograms, summaries and counters end in. */
const LINE_SUFFIXES = ['_total', '_count', '_sum', '_bucket'];

/**
 * Names that work and yet are unusual, as `promtool check metrics` finds them: units that are not base units,
 * counters without `_total`, the type in the name. Empty where all is well; made for a test.
 *
 * ```ts
 * expect(lintMetrics(registry)).toEqual([]);
 * ```
 *
 * Convention: https://prometheus.io/docs/practices/naming/
 */
export function lintMetrics(registry: Registry): MetricAdvice[] {
  checkMethods('lintMetrics', 'registry', registry, ['getMetricsAsArray']);
  return registry.getMetricsAsArray().flatMap((metric) => {
    const name = registry.prefix + metric.name;
    return adviceOn(metric, name).map((advice) => ({ metric: name, advice }));
  });
}

function adviceOn(metric: AnyMetric, name: string): string[] {
  const advice: string[] = [];
  const isCounter = metric.kind === 'counter';
  const words = name.toLowerCase().split(/[_:]/);
  for (const word of words) {
    const base = BASE_UNITS[word];
    if (base !== undefined) advice.push(`measure in ${base} instead of ${word}`);
  }
  if (isCounter && !name.endsWith('_total')) advice.push('the name of a counter ends in _total');
  for (const suffix of LINE_SUFFIXES) {
    if (name.endsWith(suffix) && !(isCounter && suffix === '_total')) {
      advice.push(
        `only ${suffix === '_total' ? 'counters end' : 'lines of a distribution end'} in ${suffix}`,
      );
    }
  }
  for (const type of ['counter', 'gauge', 'histogram', 'summary']) {
    if (words.includes(type)) advice.push(`leave the type, ${type}, out of the name`);
  }
  if (/[a-z][A-Z]/.test(name)) advice.push('write snake_case, not camelCase');
  if (name.includes(':')) advice.push('leave colons to recording rules');
  for (const label of metric.labelNames) {
    if (/[a-z][A-Z]/.test(label)) advice.push(`write the label ${label} in snake_case`);
  }
  return advice;
}
