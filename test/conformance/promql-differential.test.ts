import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { embeddedSource } from '../../src/query/embedded-source.js';
import { QueryError } from '../../src/query/errors.js';
import { prometheusSource } from '../../src/query/http/prometheus-source.js';
import { parseSeries } from '../../src/query/notation/series.js';
import { formatFixed } from '../../src/query/numbers.js';
import type { QueryResult } from '../../src/query/result.js';
import type { MetricSource } from '../../src/query/source.js';
import { TimeSeriesStore } from '../../src/query/store/store.js';
import { expressions } from '../query/promql/generate.js';
import { almostEqual } from './promql/compare.js';
import { PrometheusProcess } from './promql/prometheus-process.js';

/**
 * The embedded engine and a real Prometheus get the same series and the same generated expressions, and must give
 * the same answers.
 *
 * Debian's Prometheus is 2.42, older than the semantics of 3.5. Left out is what has changed since:
 * - Windows were closed on the left: queries are put at moments at which no sample lies on a window's end.
 * - `rate`, `increase` and `delta` carried on differently where samples are missing at the ends (2.51): the series
 *   here have none missing but at their own ends, and these functions are compared on the whole ones only.
 * - `quantile`, `topk` and others had other rules for NaN; names were dropped at once and not at the end, so that
 *   `label_replace` could not see them; numbers were no durations (2.54); functions and operators came later.
 */
const NEWER =
  /mad_over_time|limitk|sort_by|double_exp|ts_of|histogram_|info\(|\[300|:300|offset 30|1_000|__name__|label_|_by_label/;
const CHANGED = /rate|increase|delta|stddev|stdvar|deriv|predict_linear|resets|quantile/;
/** Where the last bit of an argument decides over the first of the result; C libraries differ in last bits. */
const CHAOTIC = /\b(sin|cos|tan|floor|ceil|round|sgn|minute|hour|month|year|day_\w+|days_\w+)\(|%|==|!=/;
/** Half an interval past a sample: no window of whole intervals begins or ends on one. */
const AT = 1_700_000_407_500;
const START = 1_700_000_000_000 - 20 * 60_000;
const STEP = 15_000;

const installed = PrometheusProcess.isInstalled();

describe('the embedded engine and a real Prometheus', () => {
  if (!installed) {
    it.skip('are not compared: there is no prometheus and promtool on the path', () => {});
    return;
  }
  const store = new TimeSeriesStore({ retention: Infinity });
  const embedded = embeddedSource(store);
  let process: PrometheusProcess;
  let remote: MetricSource;

  beforeAll(async () => {
    const text: string[] = [];
    for (const line of [
      'a_total{job="x", instance="x"} 0+7x200',
      'a_total{job="x", instance="y"} 5+3x60 1+2x139',
      'a_total{job="y"} 100-0.5x200',
      'b{job="x"} 1-3x200',
      'b{job="y", instance="x"} 0.1+0.3x80 -7+0.01x119',
      'c{instance="y"} 4 _x3 5 _x20 7+1x90',
    ]) {
      const { labels, values } = parseSeries(line);
      const { __name__: name, ...rest } = labels.toObject();
      const inside = Object.entries(rest).map(([key, value]) => `${key}="${value}"`);
      for (const [i, value] of values.entries()) {
        if (typeof value !== 'number') continue;
        const time = START + i * STEP;
        store.append(labels, value, time);
        text.push(`${name}{${inside.join()}} ${formatFixed(value)} ${time / 1000}\n`);
      }
    }
    process = await PrometheusProcess.start(text.join(''));
    remote = prometheusSource({ url: process.url });
  }, 60_000);
  afterAll(() => process?.stop());

  it('agree wherever their versions do', { timeout: 300_000 }, async () => {
    const vocabulary = {
      metrics: ['a_total', 'b', 'c'],
      labels: ['job', 'instance'],
      values: ['x', 'y', ''],
    };
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(expressions(vocabulary, true), async (query) => {
        fc.pre(!isNewer(query) && !CHANGED.test(query) && !CHAOTIC.test(query));
        fc.pre(!query.includes('@'));
        const ours = await outcome(() => embedded.query(query, { time: AT }));
        const theirs = await outcome(() => remote.query(query, { time: AT }));
        expectSame(ours, theirs);
        const range = { start: AT - 300_000, end: AT, step: 30_000 };
        expectSame(
          await outcome(() => embedded.queryRange(query, range)),
          await outcome(() => remote.queryRange(query, range)),
        );
        compared++;
      }),
      { numRuns: 300 },
    );
    expect(compared).toBe(300);
  });

  it.each([
    'rate(a_total[5m])',
    'increase(a_total{job="x"}[2m])',
    'delta(b[90s])',
    'irate(a_total[1m])',
    'idelta(b[1m])',
    'deriv(b[10m])',
    'predict_linear(b[10m], 3600)',
    'stddev_over_time(a_total[7m])',
    'stdvar_over_time(b[3m])',
    'quantile_over_time(0.3, a_total[5m])',
    'resets(a_total[20m])',
    'changes(b[20m])',
    'quantile(0.9, a_total)',
    'stddev by (job) (a_total)',
    'max_over_time(rate(a_total[2m])[10m:1m])',
    'sum_over_time(b[10m:])',
    'a_total @ 1700000000 offset -1m',
    'topk(2, a_total)',
    'count_values("value", c)',
    'label_replace(b, "to", "$1-$2", "job", "(.)(.*)")',
    'absent(nothing{a="b", c=~"d"})',
    'day_of_year() + days_in_month() * hour()',
  ])('agree on %s', async (query) => {
    expectSame(
      await outcome(() => embedded.query(query, { time: AT })),
      await outcome(() => remote.query(query, { time: AT })),
    );
  });
});

/** Whether Prometheus 2.42 cannot read it; a duration was no number then. */
function isNewer(query: string): boolean {
  const outside = query.replace(/\[[^\]]*\]/g, '').replace(/offset -?\w+/g, '');
  return NEWER.test(query) || /\b5m\b/.test(outside);
}

async function outcome(run: () => Promise<QueryResult>): Promise<QueryResult | QueryError> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof QueryError && error.type !== 'internal' && error.type !== 'unavailable')
      return error;
    throw error;
  }
}

function expectSame(ours: QueryResult | QueryError, theirs: QueryResult | QueryError): void {
  if (ours instanceof QueryError || theirs instanceof QueryError) {
    // Names that are dropped at the end may clash where they clashed earlier, or not at all; the kind is the same.
    expect([ours, theirs].map((one) => (one instanceof QueryError ? one.type : describeResult(one)))).toEqual(
      [expect.stringMatching(/execution|bad_data/), expect.stringMatching(/execution|bad_data/)],
    );
    return;
  }
  const [a, b] = [pointsOf(ours), pointsOf(theirs)];
  expect([...a.keys()].sort()).toEqual([...b.keys()].sort());
  for (const [key, value] of a) {
    if (!almostEqual(value, b.get(key)!)) expect({ key, value }).toEqual({ key, value: b.get(key) });
  }
}

function describeResult(result: QueryResult): string {
  return `${result.type}: ${[...pointsOf(result).keys()].slice(0, 5).join(' ')}`;
}

function pointsOf(result: QueryResult): Map<string, number> {
  const points = new Map<string, number>();
  if (result.type === 'scalar') points.set('scalar', result.value);
  if (result.type === 'vector')
    for (const { labels, value } of result.samples) points.set(`${labels}`, Number(value));
  if (result.type === 'matrix') {
    for (const { labels, points: all } of result.series) {
      for (const { time, value } of all) points.set(`${labels} ${time}`, Number(value));
    }
  }
  return points;
}
