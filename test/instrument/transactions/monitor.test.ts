import { ROOT_CONTEXT, type Span, SpanKind, type SpanOptions, trace } from '@opentelemetry/api';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Diagnostics } from '../../../src/common/diagnostics.js';
import { TelltaleError } from '../../../src/common/errors.js';
import { TransactionMonitor, type TransactionMonitorOptions } from '../../../src/instrument/transactions.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import { alwaysOff, alwaysRecord, TracerProvider } from '../../../src/trace/index.js';

function setup(options: TransactionMonitorOptions = {}) {
  const clock = new FakeClock();
  const monitor = new TransactionMonitor({ clock, ...options });
  const provider = new TracerProvider({ clock, spanProcessors: [monitor] });
  const tracer = provider.getTracer('test');
  const below = (parent: Span) => trace.setSpan(ROOT_CONTEXT, parent);
  /** A span of so many milliseconds. */
  const spend = (name: string, ms: number, spanOptions?: SpanOptions, parent?: Span) => {
    const span = tracer.startSpan(name, spanOptions, parent === undefined ? ROOT_CONTEXT : below(parent));
    clock.advanceSync(ms);
    span.end();
    return span;
  };
  return { clock, monitor, provider, tracer, below, spend };
}

const quiet = new Diagnostics({ handler: () => {} });
const DATABASE: SpanOptions = { kind: SpanKind.CLIENT, attributes: { 'db.system.name': 'postgresql' } };
const HTTP: SpanOptions = { kind: SpanKind.CLIENT, attributes: { 'http.request.method': 'GET' } };

describe('TransactionMonitor', () => {
  it('tells how often each transaction ran, how it ended and how long it took', () => {
    const { monitor, spend, clock } = setup();
    for (let i = 1; i <= 100; i++) {
      spend('GET /cart', i, {
        kind: SpanKind.SERVER,
        attributes: i > 98 ? { 'error.type': 'timeout' } : {},
      });
    }
    clock.advanceSync(10_000 - 5050);
    const statistics = monitor.statisticsOf('GET /cart')!;
    expect(statistics).toMatchObject({
      name: 'GET /cart',
      count: 100,
      outcomes: { success: 98, failure: 0, timeout: 2 },
      successRate: 0.98,
      breakdown: { own: 5050, database: 0 },
    });
    expect(statistics.rate).toBeCloseTo(10, 1);
    expect(statistics.duration.mean).toBeCloseTo(50.5);
    expect(statistics.duration.max).toBeCloseTo(100);
    for (const [q, exact] of [
      ['p50', 50],
      ['p95', 95],
      ['p99', 99],
    ] as const) {
      expect(Math.abs(statistics.duration[q] - exact) / exact).toBeLessThan(0.01);
    }
    expect(monitor.statisticsOf('GET /other')).toBeUndefined();
  });

  it('keeps quantiles within 1 % whatever the durations are', () => {
    const durations = fc.array(fc.double({ min: 0.01, max: 1e6, noNaN: true }), {
      minLength: 1,
      maxLength: 200,
    });
    fc.assert(
      fc.property(durations, (given) => {
        const { monitor, spend } = setup({ window: 86_400_000, steps: 1 });
        const kept = given.filter((_, i) => given.slice(0, i + 1).reduce((a, b) => a + b, 0) < 80_000_000);
        for (const ms of kept) spend('t', ms);
        if (kept.length === 0) return;
        const sorted = [...kept].sort((a, b) => a - b);
        const { duration } = monitor.statisticsOf('t')!;
        for (const [name, q] of [
          ['p50', 0.5],
          ['p95', 0.95],
          ['p99', 0.99],
        ] as const) {
          const exact = sorted[Math.floor(q * (sorted.length - 1))]!;
          expect(Math.abs(duration[name] - exact)).toBeLessThanOrEqual(exact * 0.01 + 1e-5);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('takes spans without a local parent for transactions, and no others', () => {
    const { monitor, tracer, below, spend } = setup();
    const remote = trace.setSpanContext(ROOT_CONTEXT, {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      traceFlags: 1,
      isRemote: true,
    });
    const entry = tracer.startSpan('entry', {}, remote);
    spend('child', 1, {}, entry);
    spend('client', 1, HTTP, entry);
    const nested = tracer.startSpan('nested root', { root: true }, below(entry));
    nested.end();
    entry.end();
    spend('after the end', 1, {}, entry);
    expect(monitor.statistics().map(({ name, count }) => [name, count])).toEqual([
      ['entry', 1],
      ['nested root', 1],
    ]);
  });

  it('takes over the name that a span has at its end', () => {
    const { monitor, tracer } = setup();
    tracer.startSpan('GET').updateName('GET /users/:id').end();
    expect(monitor.statistics()[0]!.name).toBe('GET /users/:id');
  });

  it('knows nothing of spans that are not recorded, and all of those that are, sampled or not', () => {
    const monitor = new TransactionMonitor();
    for (const sampler of [alwaysOff(), alwaysRecord(alwaysOff())]) {
      const provider = new TracerProvider({ sampler, spanProcessors: [monitor] });
      const tracer = provider.getTracer('x');
      const root = tracer.startSpan('dropped', {}, ROOT_CONTEXT);
      tracer.startSpan('q', DATABASE, trace.setSpan(ROOT_CONTEXT, root)).end();
      root.end();
    }
    expect(monitor.statistics().map(({ name, count }) => [name, count])).toEqual([['dropped', 1]]);
  });
});

describe('the breakdown', () => {
  it('says where the time went', () => {
    const { monitor, tracer, clock, below, spend } = setup();
    const request = tracer.startSpan(
      'GET /',
      { kind: SpanKind.SERVER, attributes: { 'http.request.method': 'GET' } },
      ROOT_CONTEXT,
    );
    clock.advanceSync(5);
    spend('SELECT', 20, DATABASE, request);
    const work = tracer.startSpan('work', {}, below(request));
    clock.advanceSync(3);
    spend('GET', 40, HTTP, work);
    spend('rpc', 7, { kind: SpanKind.CLIENT, attributes: { 'rpc.system.name': 'grpc' } }, work);
    spend('send', 6, { kind: SpanKind.PRODUCER }, work);
    spend('redis', 2, { kind: SpanKind.CLIENT }, work);
    work.end();
    clock.advanceSync(1);
    request.end();
    expect(monitor.statisticsOf('GET /')!.breakdown).toEqual({
      database: 20,
      http: 40,
      rpc: 7,
      messaging: 6,
      external: 2,
      own: 9,
    });
  });

  it('counts what runs side by side side by side, and the wait for it once', () => {
    const { monitor, tracer, clock, below } = setup();
    const request = tracer.startSpan('r', {}, ROOT_CONTEXT);
    const queries = [1, 2, 3].map(() => tracer.startSpan('q', DATABASE, below(request)));
    clock.advanceSync(10);
    for (const query of queries) query.end();
    clock.advanceSync(5);
    request.end();
    expect(monitor.statisticsOf('r')!.breakdown).toMatchObject({ database: 30, own: 5 });
  });

  it('leaves out what goes on after the end', () => {
    const { monitor, tracer, clock, below } = setup();
    const request = tracer.startSpan('r', {}, ROOT_CONTEXT);
    const late = tracer.startSpan('q', DATABASE, below(request));
    clock.advanceSync(10);
    request.end();
    clock.advanceSync(1000);
    late.end();
    expect(monitor.statisticsOf('r')).toMatchObject({ breakdown: { database: 0, own: 0 } });
  });

  it('adds up to the duration where nothing runs side by side', () => {
    interface Tree {
      before: number;
      type: SpanOptions;
      children: Tree[];
      after: number;
    }
    const tree = fc.letrec<{ tree: Tree }>((tie) => ({
      tree: fc.record({
        before: fc.nat(50),
        type: fc.constantFrom<SpanOptions>({}, DATABASE, HTTP),
        children: fc.oneof(
          { depthSize: 'small' },
          fc.constant<Tree[]>([]),
          fc.array(tie('tree'), { maxLength: 3 }),
        ),
        after: fc.nat(50),
      }),
    })).tree;
    fc.assert(
      fc.property(tree, (root) => {
        const { monitor, tracer, clock, below } = setup();
        const walk = (node: Tree, parent?: Span): void => {
          const span = tracer.startSpan(
            's',
            parent === undefined ? {} : node.type,
            parent === undefined ? ROOT_CONTEXT : below(parent),
          );
          clock.advanceSync(node.before);
          for (const child of node.children) walk(child, span);
          clock.advanceSync(node.after);
          span.end();
        };
        walk(root);
        const { breakdown, duration } = monitor.statisticsOf('s')!;
        const sum = Object.values(breakdown).reduce((total, ms) => total + ms, 0);
        expect(sum).toBeCloseTo(duration.mean, 3);
      }),
    );
  });
});

describe('the window', () => {
  it('forgets in steps', () => {
    const { monitor, spend, clock } = setup({ window: 10_000, steps: 5 });
    spend('a', 100);
    clock.advanceSync(6_000);
    spend('a', 200);
    expect(monitor.statisticsOf('a')!.count).toBe(2);
    clock.advanceSync(4_500);
    expect(monitor.statisticsOf('a')).toMatchObject({ count: 1, breakdown: { own: 200 } });
    clock.advanceSync(100_000);
    expect(monitor.statisticsOf('a')).toBeUndefined();
    expect(monitor.statistics()).toEqual([]);
  });

  it('tells the rate over the time that it covers', () => {
    const { monitor, spend, clock } = setup({ window: 10_000, steps: 5 });
    for (let second = 0; second < 30; second++) {
      for (let i = 0; i < 4; i++) spend('a', 0);
      clock.advanceSync(1_000);
    }
    const { rate } = monitor.statisticsOf('a')!;
    expect(rate).toBeGreaterThan(3.5);
    expect(rate).toBeLessThan(4.5);
  });

  it('goes on when the wall clock steps back', () => {
    const { monitor, spend, clock } = setup();
    spend('a', 10);
    clock.set(0);
    spend('a', 10);
    expect(monitor.statisticsOf('a')).toMatchObject({ count: 2 });
  });
});

describe('memory', () => {
  it('is bounded by names: what is beyond counts together, until names have not come up for long', () => {
    const { monitor, spend, clock } = setup({ maxNames: 3, window: 10_000, diagnostics: quiet });
    for (let i = 0; i < 1000; i++) spend(`GET /users/${i}`, 1);
    const byName = Object.fromEntries(monitor.statistics().map(({ name, count }) => [name, count]));
    expect(byName).toEqual({ 'GET /users/0': 1, 'GET /users/1': 1, 'GET /users/2': 1, '(other)': 997 });
    clock.advanceSync(60_000);
    spend('GET /fresh', 1);
    expect(monitor.statistics().map(({ name }) => name)).toEqual(['GET /fresh']);
  });

  it('forgets on demand, and those that are not to count', () => {
    const { monitor, spend } = setup({ filter: ({ name }) => name !== 'quiet' });
    spend('quiet', 1);
    spend('loud', 1);
    expect(monitor.statistics().map(({ name }) => name)).toEqual(['loud']);
    monitor.reset();
    expect(monitor.statistics()).toEqual([]);
    const broken = setup({
      diagnostics: quiet,
      filter: () => {
        throw new Error('bad');
      },
    });
    broken.spend('counts all the same', 1);
    expect(broken.monitor.statistics()).toHaveLength(1);
  });
});

it('works on another provider', () => {
  const monitor = new TransactionMonitor();
  const provider = new BasicTracerProvider({ spanProcessors: [monitor] });
  const tracer = provider.getTracer('x');
  const root = tracer.startSpan('job', {}, ROOT_CONTEXT);
  tracer.startSpan('q', DATABASE, trace.setSpan(ROOT_CONTEXT, root)).end();
  root.end();
  expect(monitor.statistics().map(({ name, count }) => [name, count])).toEqual([['job', 1]]);
});

it('flushes and shuts down at once, twice', async () => {
  const { monitor } = setup();
  await monitor.forceFlush();
  await monitor.shutdown();
  await monitor.shutdown();
});

it('refuses options that are wrong', () => {
  for (const options of [
    { window: 0 },
    { steps: 0 },
    { steps: 1.5 },
    { maxNames: -1 },
    { filter: 1 as never },
    { clock: {} as never },
  ]) {
    expect(() => new TransactionMonitor(options)).toThrow(TelltaleError);
  }
  // @ts-expect-error no such option
  expect(() => new TransactionMonitor({ names: 1 })).toThrow(/unknown option "names"/);
});
