import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Diagnostics } from '../../../src/common/diagnostics.js';
import { Counter, Gauge, Histogram, NativeHistogram, Registry, Summary } from '../../../src/metrics/index.js';
import { embeddedSource } from '../../../src/query/embedded-source.js';
import { normalizeBound } from '../../../src/query/ingest/bounds.js';
import { parseExposition } from '../../../src/query/ingest/exposition.js';
import { ExpositionIngest } from '../../../src/query/ingest/exposition-ingest.js';
import { registryScraper } from '../../../src/query/ingest/registry-scraper.js';
import { TimeSeriesStore } from '../../../src/query/store/store.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';

const NOON = 1_700_000_000_000;

describe('registryScraper', () => {
  function setup(options: { interval?: number; labels?: Record<string, string> } = {}) {
    const clock = new FakeClock({ now: NOON });
    const told: string[] = [];
    const diagnostics = new Diagnostics({ clock, handler: ({ message }) => told.push(message) });
    const registry = new Registry({ clock, diagnostics, defaultLabels: { region: 'eu' } });
    const store = new TimeSeriesStore({ clock });
    const source = embeddedSource(store, { clock });
    const scraper = registryScraper({ registry, store, clock, diagnostics, ...options });
    const ask = async (query: string): Promise<Record<string, unknown>> => {
      const result = await source.query(query);
      if (result.type !== 'vector') throw new Error(result.type);
      return Object.fromEntries(result.samples.map(({ labels, value }) => [`${labels}`, value]));
    };
    return { clock, registry, store, scraper, ask, told };
  }

  it('brings to the store what a scrape of the text would', async () => {
    const { clock, registry, store, ask } = setup({
      interval: 10_000,
      labels: { job: 'shop', region: 'us' },
    });
    const requests = new Counter({
      registers: [registry],
      name: 'requests_total',
      help: 'x',
      labelNames: ['route'],
    });
    const latency = new Histogram({
      registers: [registry],
      name: 'latency_seconds',
      help: 'x',
      labelNames: ['route'],
      buckets: [0.5, 1],
    });
    new Gauge({ registers: [registry], name: 'temperature', help: 'x' }).set(21.5);
    new Summary({ registers: [registry], name: 'size', help: 'x', percentiles: [0.5] }).observe(7);
    for (let i = 0; i < 30; i++) {
      requests.inc({ route: '/a' }, 5);
      latency.observe({ route: '/a' }, 0.7);
      await clock.advance(10_000);
    }
    expect(await ask('temperature')).toEqual({ 'temperature{job="shop", region="eu"}': 21.5 });
    expect(await ask('rate(requests_total[2m])')).toEqual({ '{job="shop", region="eu", route="/a"}': 0.5 });
    expect(await ask('latency_seconds_bucket{le="1.0"} - on() latency_seconds_count')).toEqual({ '{}': 0 });
    expect(await ask('histogram_quantile(0.5, rate(latency_seconds_bucket[2m]))')).toEqual({
      '{job="shop", region="eu", route="/a"}': 0.75,
    });
    expect(await ask('size{quantile="0.5"}')).toEqual({ 'size{job="shop", quantile="0.5", region="eu"}': 7 });
    // The same series and values as the text exposes.
    const copy = new TimeSeriesStore({ clock });
    new ExpositionIngest(copy, { labels: { job: 'shop' } }).ingest(await registry.metrics(), clock.now());
    expect(await embeddedSource(copy).query('{__name__!=""}', { time: clock.now() })).toEqual(
      await embeddedSource(store).query('{__name__!=""}', { time: clock.now() }),
    );
  });

  it('ends series that are gone, and all when it stops', async () => {
    const { clock, registry, ask, scraper } = setup();
    const jobs = new Gauge({ registers: [registry], name: 'jobs', help: 'x', labelNames: ['queue'] });
    jobs.set({ queue: 'a' }, 1);
    jobs.set({ queue: 'b' }, 2);
    await clock.advance(15_000);
    expect(Object.keys(await ask('jobs'))).toHaveLength(2);
    jobs.remove({ queue: 'a' });
    await clock.advance(15_000);
    expect(await ask('jobs')).toEqual({ 'jobs{queue="b", region="eu"}': 2 });
    jobs.set({ queue: 'a' }, 3);
    await clock.advance(15_000);
    expect(Object.keys(await ask('jobs'))).toHaveLength(2);
    await clock.advance(1000);
    await scraper.stop();
    await scraper.stop();
    expect(await ask('jobs')).toEqual({});
    await clock.advance(60_000);
    expect(await ask('jobs')).toEqual({});
  });

  it('brings native histograms whole', async () => {
    const { clock, registry, ask } = setup({ interval: 10_000 });
    const registers = [registry];
    const latency = new NativeHistogram({
      registers,
      name: 'latency_seconds',
      help: 'x',
      labelNames: ['route'],
    });
    const finest = new NativeHistogram({ registers, name: 'finest', help: 'x', maxScale: 20 });
    const change = new NativeHistogram({ registers, name: 'change', help: 'x', zeroThreshold: 0.5 });
    const vast = new NativeHistogram({ registers, name: 'vast', help: 'x', maxScale: -10 });
    const observe = () => {
      for (let i = 1; i <= 1000; i++) latency.observe({ route: '/a' }, i / 1000);
      for (const value of [-8, -2, -0.25, 0, 0.5, 2, 8, 8]) change.observe(value);
      finest.observe(3);
      vast.observe(3);
    };
    for (let i = 0; i < 30; i++) {
      observe();
      await clock.advance(10_000);
    }
    const one = async (query: string) => Object.values(await ask(query))[0];
    for (const q of [0.1, 0.5, 0.99]) {
      const [quantile] = Object.values(
        await ask(`histogram_quantile(${q}, rate(latency_seconds[2m]))`),
      ) as number[];
      expect(quantile! / q).toBeCloseTo(1, 1);
    }
    expect(await one('histogram_count(rate(latency_seconds[2m]))')).toBeCloseTo(100);
    expect(await one('histogram_avg(latency_seconds)')).toBeCloseTo(0.5005);
    expect(await one('histogram_count(latency_seconds) - on() latency_seconds_count')).toBe(0);
    expect(await one('histogram_fraction(0, 0.25, latency_seconds)')).toBeCloseTo(0.25, 2);
    expect(await one('histogram_fraction(-0.5, 0.5, change)')).toBeCloseTo(3 / 8);
    expect(await one('histogram_fraction(4, 16, change)')).toBeCloseTo(2 / 8);
    expect(await one('histogram_fraction(-16, -4, change)')).toBeCloseTo(1 / 8);
    expect(await one('histogram_quantile(0.5, finest)')).toBeCloseTo(3, 1);
    // Of a scale that Prometheus does not have: its sum and count.
    expect(await ask('vast')).toEqual({});
    expect(await one('vast_sum / vast_count')).toBe(3);

    // A wider range makes each bucket twice as wide, and a fresh start counts from zero.
    latency.observe({ route: '/a' }, 1e9);
    await clock.advance(10_000);
    expect(await one('histogram_quantile(0.5, latency_seconds)')).toBeCloseTo(0.5, 1);
    latency.remove({ route: '/a' });
    observe();
    await clock.advance(10_000);
    expect(await one('histogram_count(latency_seconds)')).toBe(1000);
    expect(await one('histogram_count(increase(latency_seconds[20s]))')).toBeGreaterThan(900);
    latency.remove({ route: '/a' });
    await clock.advance(10_000);
    expect(await ask('latency_seconds')).toEqual({});
  });

  it('reads on multiples of the interval', async () => {
    const { clock, registry, store } = setup({ interval: 15_000 });
    new Gauge({ registers: [registry], name: 'x', help: 'x' }).set(1);
    await clock.advance(40_000);
    const result = await embeddedSource(store).query('x[5m]', { time: clock.now() });
    const times = result.type === 'matrix' ? result.series[0]!.points.map(({ time }) => time % 15_000) : [];
    expect(times).toEqual([0, 0, 0]);
  });

  it('tells of what it cannot read, and goes on', async () => {
    const { clock, registry, ask, told } = setup();
    new Gauge({ registers: [registry], name: 'x', help: 'x' }).set(1);
    const original = registry.getMetricsAsArray.bind(registry);
    registry.getMetricsAsArray = () => {
      throw new Error('no');
    };
    await clock.advance(15_000);
    expect(told).toEqual(['The registry could not be read into the store']);
    registry.getMetricsAsArray = original;
    await clock.advance(15_000);
    expect(Object.values(await ask('x'))).toEqual([1]);
  });

  it('refuses wrong options', () => {
    const store = new TimeSeriesStore();
    expect(() => registryScraper({ registry: {} as never, store })).toThrow('registryScraper: registry is');
    expect(() => registryScraper({ registry: new Registry(), store, interval: 0 })).toThrow('interval is 0');
  });
});

describe('parseExposition', () => {
  it('reads both text formats', () => {
    const text = [
      '# HELP x A gauge. # not a comment',
      '# TYPE x gauge',
      'x 1',
      'x{a="b",c="\\"\\\\\\n",} -Inf 1700000000123',
      'y_bucket { le = "1" , a="b" } 2e3',
      '{"my.metric", "a b"="c"} NaN',
      '',
    ].join('\n');
    const { samples, errors } = parseExposition(text);
    expect(errors).toEqual([]);
    expect(samples.map(({ labels, value, time }) => [`${labels}`, value, time])).toEqual([
      ['x', 1, undefined],
      ['x{a="b", c="\\"\\\\\\n"}', -Infinity, 1_700_000_000_123],
      ['y_bucket{a="b", le="1.0"}', 2000, undefined],
      ['{"my.metric", "a b"="c"}', Number.NaN, undefined],
    ]);
    const openMetrics = 'x_total 5 1700000000.5 # {trace_id="abc"} 0.67 1700000000\n# EOF\n';
    expect(parseExposition(openMetrics).samples[0]).toMatchObject({ value: 5, time: 1_700_000_000_500 });
  });

  it.each([
    ['x', 'the value is "", not a number'],
    ['x y', 'the value is "y", not a number'],
    ['x 1 later', 'the time is "later", not a number'],
    ['x 1 2 3', 'cannot read "3"'],
    ['x{a="b" 1', 'cannot read a label'],
    ['x{a} 1', 'the label a has no value'],
    ['x{a="1",a="2"} 1', 'the label a comes twice'],
    ['{a="b"} 1', 'there is no name'],
    ['1 2', 'there is no name'],
  ])('passes over %s', (line, reason) => {
    const { samples, errors } = parseExposition(`ok 1\n${line}\nok 2`);
    expect(samples).toHaveLength(2);
    expect(errors).toEqual([{ line: 2, reason: expect.stringContaining(reason) }]);
  });

  it('never throws', () => {
    const piece = fc.constantFrom(
      'x',
      '{',
      '}',
      '"',
      '\\',
      '=',
      ',',
      ' ',
      '1',
      '#',
      '\n',
      'le',
      'NaN',
      '# EOF',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((pieces) => pieces.join('')),
        ),
        (text) => {
          parseExposition(text);
        },
      ),
    );
  });
});

describe('normalizeBound', () => {
  it.each([
    ['1', '1.0'],
    ['1e0', '1.0'],
    ['0.50', '0.5'],
    ['+Inf', '+Inf'],
    ['1000000', '1e+06'],
    ['text', 'text'],
  ])('%s', (given, kept) => {
    expect(normalizeBound(given)).toBe(kept);
  });
});
