import type { Aggregator, MetricObjectWithValues, MetricValue } from './types.js';

type Collected = MetricObjectWithValues<MetricValue>;
type Aggregate = (metrics: readonly Collected[]) => Collected | undefined;

/** Makes an aggregator of a function from the values of one series in all workers to one number. */
export function aggregatorFactory(fold: (values: readonly MetricValue[]) => number): Aggregate {
  return (metrics) => {
    const [first] = metrics;
    if (first === undefined) return undefined;
    const groups = new Map<string, MetricValue[]>();
    for (const sample of metrics.flatMap(({ values }) => values)) {
      const key = JSON.stringify([sample.metricName, Object.entries(sample.labels).sort()]);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [sample]);
      else group.push(sample);
    }
    const values = Array.from(groups.values(), (group): MetricValue => {
      const { labels, metricName } = group[0]!;
      return { value: fold(group), labels, ...(metricName !== undefined && { metricName }) };
    });
    const { help, name, type, aggregator } = first;
    return { help, name, type, values, aggregator };
  };
}

const numbers = (values: readonly MetricValue[]) => values.map(({ value }) => value);
const sum = (values: readonly MetricValue[]) => numbers(values).reduce((all, one) => all + one, 0);

/** How the values of many workers become one. */
export const aggregators: Record<Aggregator, Aggregate> = {
  sum: /* @__PURE__ */ aggregatorFactory(sum),
  first: /* @__PURE__ */ aggregatorFactory((values) => values[0]!.value),
  omit: () => undefined,
  average: /* @__PURE__ */ aggregatorFactory((values) => sum(values) / values.length),
  min: /* @__PURE__ */ aggregatorFactory((values) => Math.min(...numbers(values))),
  max: /* @__PURE__ */ aggregatorFactory((values) => Math.max(...numbers(values))),
};
