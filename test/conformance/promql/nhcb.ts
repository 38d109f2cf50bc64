import { CUSTOM_SCHEMA } from '../../../src/query/histogram/bounds.js';
import { bucketsFrom } from '../../../src/query/histogram/buckets.js';
import { FloatHistogram } from '../../../src/query/histogram/histogram.js';
import { type Labels, METRIC_NAME } from '../../../src/query/labels.js';
import type { NotedSeries, NotedValue } from '../../../src/query/notation/series.js';
import { parseNumber } from '../../../src/query/numbers.js';

interface ClassicHistogram {
  readonly buckets: Map<number, number>;
  count: number | undefined;
  sum: number;
}

/** Native histograms with custom buckets, made of the classic histograms among some series. */
export function convertToNhcb(series: readonly NotedSeries[]): NotedSeries[] {
  const converted = new Map<
    string,
    { labels: Labels; samples: Map<number, ClassicHistogram>; length: number }
  >();
  for (const { labels, values } of series) {
    const part = /^(.*)_(bucket|count|sum)$/.exec(labels.name);
    if (part === null) continue;
    const upper = part[2] === 'bucket' ? parseNumber(labels.get('le')) : 0;
    if (upper === undefined || Number.isNaN(upper)) continue;
    const base = labels.without(['le']).with(METRIC_NAME, part[1]!);
    const entry = converted.get(base.key) ?? { labels: base, samples: new Map(), length: 0 };
    converted.set(base.key, entry);
    entry.length = Math.max(entry.length, values.length);
    for (const [i, value] of values.entries()) {
      if (typeof value !== 'number') continue;
      const sample = entry.samples.get(i) ?? { buckets: new Map(), count: undefined, sum: 0 };
      entry.samples.set(i, sample);
      if (part[2] === 'bucket') sample.buckets.set(upper, value);
      else if (part[2] === 'count') sample.count = value;
      else sample.sum = value;
    }
  }
  return [...converted.values()].map(({ labels, samples, length }) => ({
    labels,
    values: Array.from({ length }, (_, i): NotedValue => toHistogram(samples.get(i))),
  }));
}

function toHistogram(classic: ClassicHistogram | undefined): FloatHistogram | undefined {
  if (classic === undefined) return undefined;
  const buckets = [...classic.buckets].sort(([a], [b]) => a - b);
  const count = classic.count ?? buckets.at(-1)?.[1] ?? 0;
  if (buckets.at(-1)?.[0] !== Infinity) buckets.push([Infinity, count]);
  let below = 0;
  const counts = buckets.map(([, cumulative]) => {
    const own = cumulative - below;
    below = cumulative;
    return own;
  });
  return new FloatHistogram({
    schema: CUSTOM_SCHEMA,
    customValues: buckets.slice(0, -1).map(([upper]) => upper),
    positive: bucketsFrom(0, counts),
    count,
    sum: classic.sum,
  }).compact();
}
