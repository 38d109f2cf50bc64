import { describe, expect, it } from 'vitest';
import { embeddedSource, TimeSeriesStore } from '../../../src/query/index.js';

/** What generated queries found beside a real Prometheus; kept here for machines without one. */
describe('corners that Prometheus decides', () => {
  const source = embeddedSource(new TimeSeriesStore({ retention: Infinity }));
  const ask = async (query: string) => {
    const result = await source.query(query, { time: 0 });
    if (result.type !== 'vector') throw new Error(`${query} is a ${result.type}`);
    return result.samples.map(({ labels, value }) => `${labels} ${value}`);
  };

  it.each([
    // Only an equality counts as having seen a label: one behind other matchers still names it.
    ['absent(x{job!="b", job="a"})', '{job="a"} 1'],
    ['absent(x{job=~"a|b", job="a"})', '{job="a"} 1'],
    ['absent(x{job="a", job!="b"})', '{} 1'],
    ['absent(x{job="a", job="a"})', '{} 1'],
    // In Go the lesser of -Inf and NaN is -Inf, and the greater of +Inf and NaN is +Inf.
    ['clamp(vector(-Inf), 3, NaN)', '{} 3'],
    ['clamp(vector(1), NaN, -Inf)', '{} NaN'],
    ['clamp(vector(Inf), NaN, Inf)', '{} Infinity'],
    ['clamp(vector(1), 3, NaN)', '{} NaN'],
    ['clamp_max(vector(-Inf), NaN)', '{} -Infinity'],
    ['clamp_min(vector(Inf), NaN)', '{} Infinity'],
  ])('%s is %s', async (query, expected) => {
    expect(await ask(query)).toEqual([expected]);
  });
});
