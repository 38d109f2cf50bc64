import { beforeEach, describe, expect, it } from 'vitest';
import { type Diagnostic, Diagnostics } from '../../../src/common/diagnostics.js';
import { Counter, Registry } from '../../../src/metrics/index.js';
import { embeddedSource, registryScraper, TimeSeriesStore } from '../../../src/query/index.js';
import { type Indicator, promqlRatio, SloTracker, spansWhere } from '../../../src/slo/index.js';
import { FakeClock } from '../../../src/testing/index.js';
import { TracerProvider } from '../../../src/trace/index.js';

let clock: FakeClock;
let told: Diagnostic[];

beforeEach(() => {
  clock = new FakeClock({ now: Date.UTC(2026, 10, 21, 12) });
  told = [];
});

function track(indicator: Indicator): SloTracker {
  const diagnostics = new Diagnostics({ clock, handler: (diagnostic) => told.push(diagnostic) });
  return new SloTracker({ id: 'slo', target: 99, indicator, clock, diagnostics, alerts: [] });
}

describe('spansWhere', () => {
  const provider = (indicator: ReturnType<typeof spansWhere>) =>
    new TracerProvider({ spanProcessors: [indicator], clock }).getTracer('t');

  it('counts server spans by their status', () => {
    const indicator = spansWhere();
    const tracker = track(indicator);
    const tracer = provider(indicator);
    tracer.startSpan('GET /', { kind: 1 }).end();
    const failed = tracer.startSpan('GET /', { kind: 1 });
    failed.setStatus({ code: 2 });
    failed.end();
    tracer.startSpan('inside').end();
    expect(tracker.status()).toMatchObject({ good: 1, bad: 1 });
  });

  it('counts spans of a name, bad when slow', async () => {
    const indicator = spansWhere({ match: 'charge', threshold: 0.5 });
    const tracker = track(indicator);
    const tracer = provider(indicator);
    const quick = tracer.startSpan('charge');
    await clock.advance(500);
    quick.end();
    const slow = tracer.startSpan('charge');
    await clock.advance(501);
    slow.end();
    expect(tracker.status()).toMatchObject({ good: 1, bad: 1 });
  });

  it('a function that throws harms nobody, and is told of', () => {
    const indicator = spansWhere({
      match: () => {
        throw new Error('no');
      },
    });
    const tracker = track(indicator);
    provider(indicator).startSpan('x').end();
    expect(tracker.status().total).toBe(0);
    expect(told).toContainEqual(expect.objectContaining({ code: 'slo_failed' }));
  });

  it('stops with its tracker', () => {
    const indicator = spansWhere({ match: 'x' });
    const tracker = track(indicator);
    tracker.stop();
    provider(indicator).startSpan('x').end();
    expect(tracker.status().total).toBe(0);
  });
});

describe('promqlRatio', () => {
  it('counts what a store of metrics knows', async () => {
    const registry = new Registry({ clock });
    const jobs = registry.getOrCreate(Counter, {
      name: 'jobs_total',
      help: 'Jobs.',
      labelNames: ['outcome'],
    });
    jobs.inc({ outcome: 'done' }, 0);
    jobs.inc({ outcome: 'lost' }, 0);
    const store = new TimeSeriesStore({ clock });
    const scraper = registryScraper({ registry, store, interval: 5000, clock });
    await clock.advance(60_000);
    const tracker = track(
      promqlRatio({
        source: embeddedSource(store, { clock }),
        bad: 'jobs_total{outcome="lost"}',
        total: 'jobs_total',
      }),
    );
    for (let i = 0; i < 60; i++) {
      jobs.inc({ outcome: 'done' }, 9);
      jobs.inc({ outcome: 'lost' });
      await clock.advance(5000);
    }
    const { good, bad } = tracker.status();
    expect(good + bad).toBeGreaterThan(570);
    expect(good + bad).toBeLessThan(630);
    expect(bad / (good + bad)).toBeCloseTo(0.1, 2);
    tracker.stop();
    scraper.stop();
  });

  it('asks again for what the source could not answer', async () => {
    const asked: string[] = [];
    let fails = true;
    const tracker = track(
      promqlRatio({
        source: {
          query: async (query: string) => {
            asked.push(query);
            if (fails) throw new Error('down');
            return {
              type: 'scalar',
              time: 0,
              value: query.includes('bad') ? 1 : 10,
              warnings: [],
              infos: [],
            };
          },
        } as never,
        bad: 'scalar(sum(increase(bad[$window])))',
        total: 'all',
      }),
    );
    await clock.advance(60_000);
    expect(tracker.status().total).toBe(0);
    expect(tracker.status().notes).toContainEqual(expect.objectContaining({ code: 'query_failed' }));
    expect(told).toContainEqual(expect.objectContaining({ code: 'slo_query_failed' }));
    fails = false;
    await clock.advance(60_000);
    expect(asked.at(-1)).toBe('sum(increase(all[120s]))');
    expect(tracker.status()).toMatchObject({ good: 9, bad: 1 });
    expect(tracker.status().notes.map(({ code }) => code)).not.toContain('query_failed');
    tracker.stop();
  });

  it.each([
    [{ total: 'all' }, /give one of good and bad/],
    [{ bad: 'x[5m]', total: 'all' }, /promqlRatio: bad is "x\[5m\]"/],
    [{ bad: 'rate(x[$window]', total: 'all' }, /parse error/],
    [{ bad: 'x', total: '' }, /total is ""/],
    [{ bad: 'x', total: 'y', interval: '1ms' }, /interval is "1ms"/],
    [{ bad: 'x', total: 'y', source: {} }, /source is \{\}/],
  ])('%j is refused', (options, message) => {
    const source = { query: () => Promise.reject(new Error('no')) };
    expect(() => promqlRatio({ source, ...options } as never)).toThrow(message);
  });
});
