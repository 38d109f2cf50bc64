import { beforeEach, describe, expect, it } from 'vitest';
import { type Diagnostic, Diagnostics } from '../../../src/common/diagnostics.js';
import { Counter, Gauge, Histogram, NativeHistogram, Registry } from '../../../src/metrics/index.js';
import {
  counterRatio,
  gaugeWhile,
  httpAvailability,
  httpLatency,
  type Indicator,
  latencyBelow,
  SloTracker,
} from '../../../src/slo/index.js';
import { FakeClock } from '../../../src/testing/index.js';

let clock: FakeClock;
let registry: Registry;
let told: Diagnostic[];

beforeEach(() => {
  clock = new FakeClock({ now: Date.UTC(2026, 10, 21, 12) });
  told = [];
  registry = new Registry({ clock, defaultLabels: { region: 'eu' } });
});

function track(indicator: Indicator): SloTracker {
  const diagnostics = new Diagnostics({ clock, handler: (diagnostic) => told.push(diagnostic) });
  return new SloTracker({ id: 'slo', target: 99, indicator, clock, diagnostics, alerts: [] });
}

const codes = (tracker: SloTracker) => tracker.status().notes.map(({ code }) => code);

function requests() {
  return registry.getOrCreate(Counter, {
    name: 'http_requests_total',
    help: 'Requests.',
    labelNames: ['method', 'route', 'status'],
  });
}

describe('counterRatio', () => {
  const bad = 'http_requests_total{route="/pay",status=~"5.."}';
  const good = 'http_requests_total{route="/pay",status!~"5.."}';
  const total = 'http_requests_total{route="/pay"}';

  it('counts what the counters grew by since it began', async () => {
    requests().inc({ method: 'GET', route: '/pay', status: 200 }, 1000);
    const tracker = track(counterRatio({ registry, bad, total }));
    requests().inc({ method: 'GET', route: '/pay', status: 200 }, 90);
    requests().inc({ method: 'POST', route: '/pay', status: 503 }, 10);
    requests().inc({ method: 'GET', route: '/other', status: 500 }, 77);
    expect(tracker.status()).toMatchObject({ good: 90, bad: 10 });
    requests().inc({ method: 'GET', route: '/pay', status: 200 }, 5);
    await clock.advance(20_000);
    expect(tracker.status()).toMatchObject({ good: 95, bad: 10 });
  });

  it('by the good ones, it is the same', () => {
    const tracker = track(counterRatio({ registry, good, total }));
    requests().inc({ method: 'GET', route: '/pay', status: 200 }, 90);
    requests().inc({ method: 'POST', route: '/pay', status: 503 }, 10);
    expect(tracker.status()).toMatchObject({ good: 90, bad: 10 });
  });

  it('without being asked it counts every ten seconds, so that events stand where they happened', async () => {
    const tracker = track(counterRatio({ registry, bad, total }));
    requests().inc({ method: 'GET', route: '/pay', status: 500 }, 3);
    await clock.advance(10 * 60_000);
    expect(tracker.counts('5m')).toEqual({ good: 0, bad: 0 });
    expect(tracker.counts('15m')).toEqual({ good: 0, bad: 3 });
  });

  it('a counter that is reset counts on from zero, and is said', () => {
    const tracker = track(counterRatio({ registry, bad, total }));
    requests().inc({ method: 'GET', route: '/pay', status: 200 }, 50);
    tracker.status();
    requests().reset();
    requests().inc({ method: 'GET', route: '/pay', status: 200 }, 8);
    expect(tracker.status().good).toBe(58);
  });

  it('good events beyond all events are never negative failures', () => {
    const hits = registry.getOrCreate(Counter, { name: 'hits_total', help: 'Hits.' });
    const reads = registry.getOrCreate(Counter, { name: 'reads_total', help: 'Reads.' });
    const tracker = track(counterRatio({ registry, good: 'hits_total', total: 'reads_total' }));
    hits.inc(10);
    reads.inc(8);
    expect(tracker.status()).toMatchObject({ good: 8, bad: 0 });
    expect(codes(tracker)).toContain('good_exceeds_total');
    reads.inc(3);
    expect(tracker.status()).toMatchObject({ good: 10, bad: 1 });
  });

  it('a metric may come later; until then it is said', () => {
    const tracker = track(counterRatio({ registry, bad, total }));
    expect(codes(tracker)).toContain('metric_missing');
    requests().inc({ method: 'GET', route: '/pay', status: 200 }, 4);
    expect(tracker.status().good).toBe(4);
    expect(codes(tracker)).not.toContain('metric_missing');
  });

  it('default labels and the prefix of a registry count as they are shown', () => {
    registry = new Registry({ prefix: 'shop_', defaultLabels: { region: 'eu' } });
    const tracker = track(
      counterRatio({
        registry,
        bad: 'shop_jobs_total{region="eu",outcome="lost"}',
        total: 'shop_jobs_total{region="eu"}',
      }),
    );
    const jobs = registry.getOrCreate(Counter, {
      name: 'jobs_total',
      help: 'Jobs.',
      labelNames: ['outcome'],
    });
    jobs.inc({ outcome: 'done' }, 3);
    jobs.inc({ outcome: 'lost' });
    expect(tracker.status()).toMatchObject({ good: 3, bad: 1 });
  });

  it.each([
    [{ total }, /give one of good and bad/],
    [{ good, bad, total }, /give one of good and bad/],
    [{ bad: 'sum(x)', total }, /bad is "sum\(x\)"; accepted: a PromQL selector/],
    [{ bad: 'x offset 5m', total }, /bad is "x offset 5m"/],
    [{ bad: 'x{', total }, /bad is "x\{"; .*parse error/],
    [{ bad: '{job="a"}', total }, /a selector that names its metric/],
    [{ bad, total: 7 }, /total is 7/],
  ])('%j is refused', (options, message) => {
    expect(() => counterRatio({ registry, ...options } as never)).toThrow(message);
  });
});

describe('latencyBelow', () => {
  const histogram = 'http_request_duration_seconds{route="/pay"}';
  const durations = () =>
    registry.getOrCreate(Histogram, {
      name: 'http_request_duration_seconds',
      help: 'Seconds.',
      labelNames: ['route'],
      buckets: [0.1, 0.3, 1],
    });

  it('divides a classic histogram at one of its buckets, inclusive', () => {
    durations().observe({ route: '/pay' }, 0.2);
    const tracker = track(latencyBelow({ registry, histogram, threshold: 0.3 }));
    for (const seconds of [0.05, 0.1, 0.3, 0.31, 5]) durations().observe({ route: '/pay' }, seconds);
    durations().observe({ route: '/other' }, 9);
    expect(tracker.status()).toMatchObject({ good: 3, bad: 2 });
  });

  it('divides a native histogram within its bucket', () => {
    const native = registry.getOrCreate(NativeHistogram, { name: 'wait_seconds', help: 'Seconds.' });
    const tracker = track(latencyBelow({ registry, histogram: 'wait_seconds', threshold: 1 }));
    for (let i = 0; i < 100; i++) native.observe(0.5);
    for (let i = 0; i < 10; i++) native.observe(2);
    native.observe(0);
    const { good, bad } = tracker.status();
    expect(good).toBeCloseTo(101, 6);
    expect(bad).toBeCloseTo(10, 6);
  });

  it('a threshold without a bucket is refused, with those that there are', () => {
    durations();
    expect(() => latencyBelow({ registry, histogram, threshold: 0.25 })).toThrow(
      'latencyBelow: threshold is 0.25; accepted: a bucket of http_request_duration_seconds: 0.1, 0.3, 1',
    );
  });

  it('where the histogram comes later, that is told', () => {
    const tracker = track(latencyBelow({ registry, histogram, threshold: 0.25 }));
    durations().observe({ route: '/pay' }, 0.2);
    tracker.status();
    expect(told).toContainEqual(expect.objectContaining({ code: 'slo_no_bucket', subject: 'slo' }));
    // Counted by the next lower bucket: never better than it was.
    expect(tracker.status()).toMatchObject({ good: 0, bad: 1 });
  });

  it('is for histograms', () => {
    requests();
    expect(() => latencyBelow({ registry, histogram: 'http_requests_total', threshold: 1 })).toThrow(
      /a histogram; http_requests_total is a counter/,
    );
  });
});

describe('gaugeWhile', () => {
  it('looks every ten seconds, at each series', async () => {
    const depth = registry.getOrCreate(Gauge, { name: 'queue_depth', help: 'Jobs.', labelNames: ['queue'] });
    depth.set({ queue: 'mail' }, 5);
    depth.set({ queue: 'print' }, 500);
    depth.set({ queue: 'odd' }, Number.NaN);
    const tracker = track(gaugeWhile({ registry, condition: 'queue_depth < 100' }));
    expect(tracker.status().total).toBe(0);
    await clock.advance(60_000);
    expect(tracker.status()).toMatchObject({ good: 6, bad: 6 });
    for (let i = 0; i < 10; i++) tracker.status();
    expect(tracker.status().total).toBe(12);
    depth.set({ queue: 'print' }, 0);
    await clock.advance(10_000);
    expect(tracker.status()).toMatchObject({ good: 8, bad: 6 });
  });

  it.each(['up', 'up == bool 1', 'up == other', 'up + 1', 'sum(up) == 1', 'up ==', 7])(
    '%j is refused',
    (condition) => {
      expect(() => gaugeWhile({ registry, condition: condition as string })).toThrow(
        /gaugeWhile: condition is/,
      );
    },
  );
});

describe('http', () => {
  it('availability by route and status', () => {
    const tracker = track(httpAvailability({ registry, route: '/pay', method: 'GET' }));
    for (const status of [200, 404, 500, 503, 499]) requests().inc({ method: 'GET', route: '/pay', status });
    requests().inc({ method: 'POST', route: '/pay', status: 500 });
    expect(tracker.status()).toMatchObject({ good: 2, bad: 3 });
  });

  it('latency by route', () => {
    const durations = registry.getOrCreate(Histogram, {
      name: 'http_request_duration_seconds',
      help: 'Seconds.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.1, 0.25],
    });
    const tracker = track(httpLatency({ registry, route: '/a"b\\', threshold: 0.25 }));
    durations.observe({ method: 'GET', route: '/a"b\\', status: 200 }, 0.2);
    durations.observe({ method: 'GET', route: '/a"b\\', status: 200 }, 0.3);
    expect(tracker.status()).toMatchObject({ good: 1, bad: 1 });
  });

  it('a pattern that is none is refused', () => {
    expect(() => httpAvailability({ registry, badStatus: '5(' })).toThrow(/counterRatio: bad is/);
  });
});
