import fc from 'fast-check';
import * as prom from 'prom-client';
import { describe, expect, it } from 'vitest';
import * as ours from '../../../src/compat/prom-client/index.js';

type Client = typeof prom;
type Registry = prom.Registry;

/** The same calls on both libraries, and what each shows afterwards. */
async function both(run: (client: Client, registry: Registry) => void | Promise<void>) {
  const [theirs, mine] = [await shown(prom, run), await shown(ours as unknown as Client, run)];
  expect(mine.text).toBe(theirs.text);
  expect(mine.json).toEqual(theirs.json);
  return mine;
}

async function shown(client: Client, run: (client: Client, registry: Registry) => void | Promise<void>) {
  const registry = new client.Registry();
  await run(client, registry);
  return { text: await registry.metrics(), json: await registry.getMetricsAsJSON() };
}

/** prom-client's types leave the argument out. */
function ofType(client: Client, contentType: string): Registry {
  const Made = client.Registry as unknown as new (contentType: string) => Registry;
  return new Made(contentType);
}

const NAMES = ['b', 'a', 'c'] as const;
const labels = fc.record(
  {
    a: fc.oneof(
      fc.constantFrom('x', 'y"z', 'line\nbreak', 'back\\slash', 'ünï'),
      fc.integer({ min: 0, max: 3 }),
    ),
    b: fc.constantFrom('1', '2', 'GET'),
    c: fc.constantFrom('p', 'q'),
  },
  { requiredKeys: [] },
);
const value = fc.oneof(
  fc.integer({ min: 0, max: 50 }),
  fc.constantFrom(0.004, 0.1, 0.25, 1.5, 7, 1e21, 1e-7),
);
const call = fc.record({
  kind: fc.constantFrom(
    'counter',
    'gaugeSet',
    'gaugeInc',
    'gaugeDec',
    'histogram',
    'child',
    'remove',
    'reset',
    'zero',
  ),
  labels,
  value,
});

describe('telltale/compat/prom-client beside prom-client', () => {
  it('shows the same text and JSON after any calls', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 40 }), fc.boolean(), async (calls, withDefaults) => {
        await both((client, registry) => {
          if (withDefaults) registry.setDefaultLabels({ region: 'eu', a: 'default' });
          const options = { help: 'Some "help"\n\\', labelNames: NAMES, registers: [registry] };
          const counter = new client.Counter({ ...options, name: 'c_total' });
          const gauge = new client.Gauge({ ...options, name: 'g' });
          const histogram = new client.Histogram({ ...options, name: 'h', buckets: [0.1, 1, 10] });
          new client.Counter({ name: 'plain_total', help: 'p', registers: [registry] }).inc(calls.length);
          new client.Histogram({ name: 'plain', help: 'p', registers: [registry] });
          for (const { kind, labels, value } of calls) {
            if (kind === 'counter') counter.inc(labels, value);
            if (kind === 'gaugeSet') gauge.set(labels, -value);
            if (kind === 'gaugeInc') gauge.inc(labels, value);
            if (kind === 'gaugeDec') gauge.dec(labels, value || 1); // of a new series prom-client makes −0
            if (kind === 'histogram') histogram.observe(labels, value);
            if (kind === 'zero') histogram.zero(labels);
            if (kind === 'child') {
              counter.labels(labels).inc();
              gauge.labels(labels).set(value);
              histogram.labels(labels).observe(value);
            }
            if (kind === 'remove') for (const metric of [counter, gauge, histogram]) metric.remove(labels);
            if (kind === 'reset') (value > 1 ? counter : histogram).reset();
          }
        });
      }),
      { numRuns: 60 },
    );
  });

  it('shows the same in OpenMetrics, exemplars included', async () => {
    const plain = (client: Client) => {
      const registry = ofType(client, client.openMetricsContentType);
      registry.setDefaultLabels({ region: 'eu' });
      const options = { help: 'h', labelNames: ['a'], registers: [registry] };
      new client.Counter({ ...options, name: 'plain_total' }).inc({ a: 'x' });
      new client.Gauge({ ...options, name: 'g' }).set({ a: 'x' }, Infinity);
      const counter = new client.Counter({ ...options, name: 'c', enableExemplars: true });
      counter.inc({ labels: { a: 'x' }, value: 2 });
      counter.inc();
      const histogram = new client.Histogram({
        ...options,
        name: 'h',
        buckets: [1, 2],
        enableExemplars: true,
      });
      histogram.observe({ labels: { a: 'y' }, value: 1.5 });
      return registry.metrics();
    };
    expect(await plain(ours as unknown as Client)).toBe(await plain(prom));
    for (const client of [prom, ours as unknown as Client]) {
      const registry = ofType(client, client.openMetricsContentType);
      const options = { help: 'h', registers: [registry], enableExemplars: true };
      new client.Counter({ ...options, name: 'c' }).inc({ value: 3, exemplarLabels: { traceId: 'abc' } });
      const histogram = new client.Histogram({ ...options, name: 'h', buckets: [1] });
      histogram.observe({ value: 0.5, exemplarLabels: { traceId: 'def', spanId: '1' } });
      histogram.observe({ value: 5, exemplarLabels: { traceId: 'ghi' } });
      expect((await registry.metrics()).replace(/ \d{10}\.?\d*$/gm, ' TIME')).toBe(
        [
          '# HELP c h',
          '# TYPE c counter',
          'c_total 3 # {traceId="abc"} 3 TIME',
          '# HELP h h',
          '# TYPE h histogram',
          'h_bucket{le="1"} 1 # {traceId="def",spanId="1"} 0.5 TIME',
          'h_bucket{le="+Inf"} 2 # {traceId="ghi"} 5 TIME',
          'h_sum 5.5',
          'h_count 2',
          '# EOF',
          '',
        ].join('\n'),
      );
      const long = { value: 1, exemplarLabels: { a: 'x'.repeat(128) } };
      expect(() => histogram.observe(long)).toThrow(RangeError);
    }
  });

  it('shows summaries alike, their quantiles within one per cent', async () => {
    const run = (client: Client, registry: Registry) => {
      const summary = new client.Summary({
        name: 's',
        help: 's',
        labelNames: ['a'],
        percentiles: [0.9, 0.5, 0.99],
        registers: [registry],
      });
      for (let i = 1; i <= 1000; i++) summary.observe({ a: 'x' }, i);
      summary.labels('y').observe(4);
      new client.Summary({ name: 'empty', help: 'e', registers: [registry] });
      const cleared = new client.Summary({
        name: 'cleared',
        help: 'c',
        labelNames: ['a'],
        registers: [registry],
      });
      cleared.observe({ a: 1 }, 5);
      cleared.reset();
    };
    const [theirs, mine] = [await shown(prom, run), await shown(ours as unknown as Client, run)];
    const numbers = (text: string) => text.match(/ \S+$/gm)!.map(Number);
    const shape = (text: string) => text.replace(/ [\d.]+$/gm, ' N');
    expect(shape(mine.text)).toBe(shape(theirs.text));
    const expected = numbers(theirs.text);
    for (const [i, one] of numbers(mine.text).entries()) {
      if (Number.isNaN(one)) continue; // the end of a line of help
      // prom-client interpolates, and so is off by half a rank itself.
      expect(Math.abs(one - expected[i]!)).toBeLessThanOrEqual(0.012 * Math.abs(expected[i]!));
    }
  });

  it('merges registries, finds and removes metrics, runs collect functions alike', async () => {
    await both(async (client, registry) => {
      const [a, b] = [new client.Registry(), new client.Registry()];
      let reads = 0;
      new client.Gauge({
        name: 'asked',
        help: 'a',
        registers: [a],
        async collect() {
          await Promise.resolve();
          this.set(++reads);
        },
      });
      new client.Counter({ name: 'c_total', help: 'c', registers: [a, b, registry] }).inc(2);
      const merged = client.Registry.merge([a, b]);
      expect(await merged.metrics()).toBe(
        '# HELP asked a\n# TYPE asked gauge\nasked 1\n\n# HELP c_total c\n# TYPE c_total counter\nc_total 2\n',
      );
      expect(await merged.getSingleMetricAsString('c_total')).toBe(
        '# HELP c_total c\n# TYPE c_total counter\nc_total 2',
      );
      expect(merged.getSingleMetric('asked')!.constructor).toBe(client.Gauge);
      merged.removeSingleMetric('asked');
      expect(merged.getMetricsAsArray().map(({ name }) => name)).toEqual(['c_total']);
      merged.resetMetrics();
      merged.clear();
      expect(await merged.metrics()).toBe('\n');
    });
  });

  it('throws where prom-client throws, the same kind of error', () => {
    const outcome = (run: () => unknown) => {
      try {
        run();
        return 'nothing';
      } catch (error) {
        return [TypeError, RangeError, Error].find((kind) => error instanceof kind)!.name;
      }
    };
    const trials = (client: Client) => {
      const registers = [new client.Registry()];
      const of = (name: string, more = {}) => ({
        name,
        help: 'h',
        labelNames: ['a', 'b'],
        registers,
        ...more,
      });
      const counter = new client.Counter(of('c'));
      const gauge = new client.Gauge(of('g'));
      const histogram = new client.Histogram(of('h'));
      const summary = new client.Summary(of('s'));
      const all = [client.Counter, client.Gauge, client.Histogram, client.Summary] as const;
      return [
        () => counter.inc(-1),
        () => counter.inc({ a: 'x' }, -0.5),
        () => counter.inc(Infinity),
        () => counter.inc('5' as never),
        () => counter.inc({ z: 1 } as never),
        () => counter.inc(null as never),
        () => counter.inc({ a: 1 }, null as never),
        () => counter.inc(0),
        () => counter.labels('x'),
        () => counter.labels('x', 'y', 'z'),
        () => counter.labels({ z: 1 } as never).inc(),
        () => counter.labels('x', 'y').inc(-1),
        () => counter.remove('x'),
        () => counter.remove({ z: 1 } as never),
        () => gauge.set('5' as never),
        () => gauge.set(undefined as never),
        () => gauge.set({ a: 1 }, Number.NaN),
        () => gauge.set({ z: 1 } as never, 1),
        () => gauge.inc('1' as never),
        () => histogram.observe(Number.NaN),
        () => histogram.observe({ a: 1 }, undefined as never),
        () => histogram.observe({ z: 1 } as never, 1),
        () => histogram.labels('x', 'y').observe('1' as never),
        () => summary.observe({ z: 1 } as never, 1),
        () => summary.startTimer({ z: 1 } as never)(),
        ...all.flatMap((Class) => [
          () => new Class(undefined as never),
          () => new Class({ name: 'x', registers } as never),
          () => new Class({ help: 'x', registers } as never),
          () => new Class({ name: 'no spaces', help: 'x', registers }),
          () => new Class({ name: 'x', help: 'x', labelNames: ['a-b'], registers }),
          () => new Class({ name: 'x', help: 'x', collect: 5 as never, registers }),
          () => new Class(of('c')),
        ]),
        () => new client.Histogram(of('x', { labelNames: ['le'] })),
        () => new client.Summary(of('x', { labelNames: ['quantile'] })),
        () => new client.Counter(of('x', { enableExemplars: true })),
        () => ofType(client, 'text/html'),
        () => registers[0]!.setContentType('text/html' as never),
        () => client.linearBuckets(1, 1, 0),
        () => client.exponentialBuckets(0, 2, 3),
        () => client.exponentialBuckets(1, 1, 3),
        () => client.exponentialBuckets(1, 2, 0),
        () => client.AggregatorRegistry.setRegistries({} as never),
        () => client.AggregatorRegistry.aggregate([[{ name: 'x', aggregator: 'none', values: [] }]]),
      ].map(outcome);
    };
    expect(trials(ours as unknown as Client)).toEqual(trials(prom));
  });

  it('aggregates alike', async () => {
    const collected = async (client: Client, factor: number) => {
      const registry = new client.Registry();
      const registers = [registry];
      const aggregators = ['sum', 'first', 'omit', 'average', 'min', 'max'] as const;
      for (const aggregator of aggregators) {
        const gauge = new client.Gauge({
          name: aggregator,
          help: 'g',
          labelNames: ['a'],
          aggregator,
          registers,
        });
        gauge.set({ a: 'x' }, factor);
        gauge.set({ a: factor }, 1);
      }
      const histogram = new client.Histogram({ name: 'h', help: 'h', buckets: [1, 5], registers });
      for (let i = 0; i < 10; i++) histogram.observe(i * factor);
      return registry.getMetricsAsJSON();
    };
    const whole = async (client: Client) => {
      const workers = [await collected(client, 1), await collected(client, 2), await collected(client, 4)];
      return client.AggregatorRegistry.aggregate(JSON.parse(JSON.stringify(workers)) as never[]).metrics();
    };
    expect(await whole(ours as unknown as Client)).toBe(await whole(prom));
  });

  it('has the same names', () => {
    // Since Node 23 the namespace of a CommonJS package also has the package as a whole.
    const missing = Object.keys(prom).filter((name) => !(name in ours) && name !== 'module.exports');
    expect(missing).toEqual([]);
    expect(ours.linearBuckets(0.1, 0.2, 9)).toEqual(prom.linearBuckets(0.1, 0.2, 9));
    expect(ours.exponentialBuckets(0.1, 1.7, 20)).toEqual(prom.exponentialBuckets(0.1, 1.7, 20));
    expect([ours.prometheusContentType, ours.openMetricsContentType]).toEqual([
      prom.prometheusContentType,
      prom.openMetricsContentType,
    ]);
  });
});
