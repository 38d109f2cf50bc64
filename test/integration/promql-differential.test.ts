import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  embeddedSource,
  type MetricSource,
  prometheusSource,
  QueryError,
  type QueryResult,
  TimeSeriesStore,
} from '../../src/query/index.js';
import { PrometheusProcess } from '../conformance/promql/prometheus-process.js';
import { havePrometheus } from './support/prometheus.js';
import {
  END,
  expressions,
  forOldPrometheus,
  openMetrics,
  START,
  testSeries,
} from './support/promql-generator.js';

/** `PROMQL_EXPRESSIONS=5000 PROMQL_SEED=7` compares others, and more. */
const EXPRESSIONS = Number(process.env.PROMQL_EXPRESSIONS ?? 500);
const SEED = Number(process.env.PROMQL_SEED ?? 1);

/** Sums are rounded in another order here and there. */
const TOLERANCE = 1e-9;

type Answer = Map<string, [time: number, value: number | string][]> | 'an error';

describe.skipIf(!havePrometheus())('the embedded engine beside a real Prometheus', () => {
  let prometheus: PrometheusProcess;
  let theirs: MetricSource;
  let ours: MetricSource;
  /** Drops names at once, as this Prometheus does; the other at the end, which comes to the same here. */
  let atOnce: MetricSource;

  beforeAll(async () => {
    const series = testSeries();
    const store = new TimeSeriesStore({ retention: Infinity });
    for (const { labels, samples } of series) {
      for (const [time, value] of samples) store.append(labels, value, time);
    }
    ours = embeddedSource(store, { experimental: true });
    atOnce = embeddedSource(store, { experimental: true, delayedNameRemoval: false });
    prometheus = await PrometheusProcess.start(openMetrics(series));
    theirs = prometheusSource({ url: prometheus.url, retry: false });
  });

  afterAll(() => prometheus?.stop());

  const sampled = fc.sample(expressions, { numRuns: EXPRESSIONS, seed: SEED });

  it('holds the same series', async () => {
    const everything = '{__name__=~".+"}';
    expect((await ours.series(everything)).map(String)).toEqual(
      (await theirs.series(everything, { start: START, end: END })).map(String),
    );
    expect(await ours.labelNames()).toEqual(await theirs.labelNames());
    expect(await ours.labelValues('instance')).toEqual(await theirs.labelValues('instance'));
  });

  it('agrees on generated instant queries', async () => {
    const times = [START + 3_000_000, START + 3_600_000, END - 1_200_000, START + 600_000, END + 240_000];
    await compare((source, text, i) => source.query(text, { time: times[i % times.length]! }));
  });

  it('agrees on generated range queries', async () => {
    const steps = [10_000, 60_000, 150_000, 420_000];
    await compare((source, text, i) => {
      const step = steps[i % steps.length]!;
      const start = START + 1_800_000 + (i % 13) * 60_000;
      return source.queryRange(text, { start, end: start + 40 * step, step });
    });
  });

  async function compare(
    ask: (source: MetricSource, text: string, index: number) => Promise<QueryResult>,
  ): Promise<void> {
    const disagreements: string[] = [];
    let withSamples = 0;
    for (const [i, text] of sampled.entries()) {
      const a = await answer(ask(i % 2 === 0 ? ours : atOnce, text, i));
      const b = await answer(ask(theirs, forOldPrometheus(text), i));
      if (b !== 'an error' && b.size > 0) withSamples++;
      const difference = differenceOf(a, b);
      if (difference !== undefined) disagreements.push(`${i}: ${text}\n   ${difference}`);
    }
    expect(disagreements.join('\n')).toBe('');
    // Expressions that select nothing or fail agree too easily.
    expect(withSamples).toBeGreaterThan(EXPRESSIONS / 2);
  }
});

async function answer(asked: Promise<QueryResult>): Promise<Answer> {
  let result: QueryResult;
  try {
    result = await asked;
  } catch (error) {
    if (error instanceof QueryError && (error.type === 'execution' || error.type === 'bad_data')) {
      return 'an error';
    }
    throw error;
  }
  switch (result.type) {
    case 'scalar':
    case 'string':
      return new Map([[result.type, [[result.time, result.value]]]]);
    case 'vector':
      return new Map(
        result.samples.map(({ labels, time, value }) => [String(labels), [[time, Number(value)]]]),
      );
    case 'matrix':
      return new Map(
        result.series.map(({ labels, points }) => [
          String(labels),
          points.map(({ time, value }) => [time, Number(value)]),
        ]),
      );
  }
}

/** The first difference in words; `undefined` where there is none. */
function differenceOf(ours: Answer, theirs: Answer): string | undefined {
  if (ours === 'an error' || theirs === 'an error') {
    return ours === theirs ? undefined : `ours: ${summary(ours)}, theirs: ${summary(theirs)}`;
  }
  for (const name of new Set([...ours.keys(), ...theirs.keys()])) {
    const [a, b] = [ours.get(name) ?? [], theirs.get(name) ?? []];
    if (a.length !== b.length)
      return `${name} has ${a.length} samples (${a.slice(0, 2)}), theirs ${b.length} (${b.slice(0, 2)})`;
    for (const [i, [time, value]] of a.entries()) {
      const [theirTime, theirValue] = b[i]!;
      if (time !== theirTime || !close(value, theirValue)) {
        return `${name}: ${value} @ ${time / 1000}, theirs ${theirValue} @ ${theirTime / 1000}`;
      }
    }
  }
  return undefined;
}

function summary(answer: Answer): string {
  return answer === 'an error' ? answer : `${answer.size} series`;
}

function close(a: number | string, b: number | string): boolean {
  if (Object.is(a, b) || a === b) return true;
  if (typeof a === 'string' || typeof b === 'string') return false;
  return Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(a), Math.abs(b));
}
