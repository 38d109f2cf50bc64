import { AggregationTemporality, InMemoryMetricExporter } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { processContextManager } from '../../src/common/context-manager.js';
import type { ExportResult } from '../../src/common/export.js';
import { createResource } from '../../src/common/resource.js';
import { isTelemetrySuppressed } from '../../src/common/suppression.js';
import {
  Counter,
  type PushMetricExporter,
  periodicExporter,
  type ResourceMetrics,
} from '../../src/metrics/index.js';
import { testRegistry } from './setup.js';

const resource = createResource({ service: { name: 'shop' }, env: {} });

function setup(over: Partial<PushMetricExporter> = {}) {
  const made = testRegistry();
  const counter = made.registry.getOrCreate(Counter, { name: 'c_total', help: 'c' });
  const seen: number[] = [];
  const calls: string[] = [];
  const exporter: PushMetricExporter = {
    export(metrics: ResourceMetrics, done) {
      calls.push('export');
      seen.push(metrics.scopeMetrics[0]!.metrics[0]!.dataPoints[0]!.value as number);
      done({ code: 0 });
    },
    async forceFlush() {
      calls.push('flush');
    },
    async shutdown() {
      calls.push('shutdown');
    },
    ...over,
  };
  const { registry, clock, diagnostics } = made;
  const periodic = periodicExporter({
    registry,
    resource,
    exporter,
    clock,
    diagnostics,
    interval: 1000,
    timeout: 100,
  });
  return { ...made, counter, seen, calls, periodic };
}

describe('periodicExporter', () => {
  it('exports every interval, on flush, and a last time on shutdown', async () => {
    const { clock, counter, periodic, seen, calls } = setup();
    counter.inc();
    await clock.advance(1000);
    counter.inc();
    await clock.advance(1000);
    await periodic.flush();
    counter.inc();
    await Promise.all([periodic.shutdown(), periodic.shutdown(), periodic.flush()]);
    await clock.advance(10_000);
    expect(seen).toEqual([1, 2, 2, 3]);
    expect(calls).toEqual(['export', 'export', 'export', 'flush', 'export', 'shutdown']);
    expect(clock.pending).toBe(0);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('thrown');
      },
    ],
    [
      'fails',
      (_: unknown, done: (result: { code: 1; error: Error }) => void) =>
        done({ code: 1, error: new Error('failed') }),
    ],
    ['answers nonsense', (_: unknown, done: (result: never) => void) => done(undefined as never)],
    ['hangs', () => {}],
    [
      'answers twice',
      (_: unknown, done: (result: { code: 1 }) => void) => {
        done({ code: 1 });
        done({ code: 1 });
      },
    ],
  ])('settles, tells and goes on when the exporter %s', async (_, broken) => {
    const hang = () => new Promise<void>(() => {});
    let exports = 0;
    const { clock, periodic, troubles, diagnostics } = setup({
      export: (metrics, done) => {
        exports++;
        (broken as (m: unknown, d: unknown) => void)(metrics, done);
      },
      forceFlush: hang,
      shutdown: () => Promise.reject(new Error('shutdown')),
    });
    const flushed = periodic.flush();
    await clock.advance(200);
    await flushed;
    await clock.advance(2000);
    expect(exports).toBeGreaterThanOrEqual(2);
    const ended = periodic.shutdown();
    await clock.advance(200);
    await ended;
    expect(troubles.map(({ code, subject }) => [code, subject])).toEqual([
      ['export_failed', 'metrics export'],
      ['export_failed', 'metrics flush'],
      ['export_failed', 'metrics shutdown'],
    ]);
    const failures = [...diagnostics.counters()].find(
      ({ name, labels }) => name === 'telltale_metric_exports_total' && labels.step === 'export',
    );
    expect(failures).toMatchObject({ labels: { result: 'failure' }, value: exports });
  });

  it('calls the exporter with telemetry suppressed', async () => {
    const suppressed: boolean[] = [];
    const look = async () => void suppressed.push(isTelemetrySuppressed(processContextManager().active()));
    const { periodic } = setup({
      export: (_, done) => {
        look();
        done({ code: 0 });
      },
      forceFlush: look,
      shutdown: look,
    });
    await periodic.flush();
    await periodic.shutdown();
    expect(suppressed).toEqual([true, true, true, true]);
  });

  it('does one export after the other', async () => {
    let running = 0;
    let most = 0;
    const { clock, periodic } = setup({
      export: (_, done) => {
        most = Math.max(most, ++running);
        clock.setTimeout(() => {
          running--;
          done({ code: 0 });
        }, 50);
      },
    });
    const all = Promise.all([periodic.flush(), periodic.flush(), periodic.shutdown()]);
    await clock.advance(500);
    await all;
    expect(most).toBe(1);
  });

  it.each([
    ['aligned', 0],
    ['jittered', 300],
  ] as const)('exports %s to the wall clock', async (phase, offset) => {
    const { registry, clock } = testRegistry();
    const at: number[] = [];
    const exporter = {
      export(_: unknown, done: (result: { code: 0 }) => void) {
        at.push(clock.now());
        done({ code: 0 });
      },
    };
    clock.set(1_700_000_000_123);
    const periodic = periodicExporter({
      registry,
      resource,
      exporter: { ...exporter, forceFlush: async () => {}, shutdown: async () => {} },
      clock,
      interval: 1000,
      phase,
      random: { float: () => 0.3, int32: () => 0 },
    });
    await clock.advance(3000);
    expect(at.map((time) => time % 1000)).toEqual([offset, offset, offset]);
    expect(new Set(at).size).toBe(3);
    // The wall clock is set back: the next export is at the full interval all the same.
    clock.set(1_600_000_000_500);
    await clock.advance(3000);
    expect(at.slice(-2).map((time) => time % 1000)).toEqual([offset, offset]);
    await periodic.shutdown();
  });

  it('breaks off what hangs when the time of a shutdown is over, and begins no more', async () => {
    const signals: AbortSignal[] = [];
    const { clock, periodic, calls } = setup({
      export(_metrics: ResourceMetrics, done: (result: ExportResult) => void, signal?: AbortSignal) {
        signals.push(signal!);
        signal!.addEventListener('abort', () => done({ code: 1, error: new Error('broken off') }));
      },
    });
    await clock.advance(1000);
    expect(signals).toHaveLength(1);
    const ended = periodic.shutdown({ timeoutMillis: 20 });
    await clock.advance(20);
    await ended;
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    await clock.advance(1000);
    expect([signals.length, calls]).toEqual([1, ['shutdown']]);
  });

  it('breaks off an export that takes longer than its timeout', async () => {
    const signals: AbortSignal[] = [];
    const { clock } = setup({
      export(_metrics: ResourceMetrics, _done: unknown, signal?: AbortSignal) {
        signals.push(signal!);
      },
    });
    await clock.advance(1099);
    expect(signals[0]!.aborted).toBe(false);
    await clock.advance(1);
    expect(signals[0]!.aborted).toBe(true);
  });

  it('heeds what an exporter says of temporality', async () => {
    const { registry, clock } = testRegistry();
    const counter = registry.getOrCreate(Counter, { name: 'c_total', help: 'c' });
    const exporter = new InMemoryMetricExporter(AggregationTemporality.DELTA);
    const periodic = periodicExporter({ registry, resource, exporter, clock });
    for (let i = 0; i < 2; i++) {
      counter.inc(5);
      await periodic.flush();
    }
    const shown = exporter.getMetrics().map(({ scopeMetrics }) => scopeMetrics[0]!.metrics[0]!);
    expect(shown.map(({ aggregationTemporality }) => aggregationTemporality)).toEqual([0, 0]);
    expect(shown.map(({ dataPoints }) => dataPoints[0]!.value)).toEqual([5, 5]);
    await periodic.shutdown();
  });

  it('takes OpenTelemetry’s exporters', async () => {
    const { registry, clock } = testRegistry();
    registry.getOrCreate(Counter, { name: 'c_total', help: 'c' }).inc(5);
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const periodic = periodicExporter({ registry, resource, exporter, clock });
    await periodic.flush();
    expect(exporter.getMetrics()[0]!.scopeMetrics[0]!.metrics[0]!.descriptor.name).toBe('c_total');
    await periodic.shutdown();
  });

  it('refuses wrong options', () => {
    const { registry } = testRegistry();
    const exporter = { export() {}, forceFlush() {}, shutdown() {} };
    const make = (options: object) => () =>
      periodicExporter({ registry, resource, exporter, ...options } as never);
    expect(make({ exporter: {} })).toThrow(/periodicExporter: exporter.*export, forceFlush, shutdown/);
    expect(make({ registry: undefined })).toThrow(/registry is undefined/);
    expect(make({ resource: undefined })).toThrow(
      /resource is undefined; accepted: what createResource\(\) of telltale gives/,
    );
    expect(make({ interval: 0 })).toThrow(/interval is 0/);
    expect(make({ phase: 'full' })).toThrow(/phase is "full".*"aligned", "jittered"/);
    expect(make({ every: 5 })).toThrow(/unknown option "every"/);
  });
});
