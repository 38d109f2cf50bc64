import { context, metrics, propagation, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { Counter, createTelemetry, type Telemetry, TelltaleError } from 'telltale';
import { FakeClock } from 'telltale/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { ExportResult } from '../../src/common/export.js';
import { memorySink, type ReadableLogRecord } from '../../src/logs/index.js';
import type { ResourceMetrics } from '../../src/metrics/index.js';
import { MeterProvider } from '../../src/metrics/otel/index.js';
import { SloSet } from '../../src/slo/index.js';
import { createTestTelemetry } from '../../src/testing/index.js';
import { type ReadableSpan, W3CBaggagePropagator } from '../../src/trace/index.js';

const opened: Telemetry[] = [];
function open(...args: Parameters<typeof createTelemetry>): Telemetry {
  const telemetry = createTelemetry(...args);
  opened.push(telemetry);
  return telemetry;
}

afterEach(async () => {
  for (const telemetry of opened.splice(0)) {
    await telemetry.shutdown(100);
  }
});

function exporter<T>(
  answer: (callback: (result: ExportResult) => void) => void = (callback) => callback({ code: 0 }),
) {
  const batches: T[] = [];
  let closed = 0;
  return {
    batches,
    get closed() {
      return closed;
    },
    export(batch: T, callback: (result: ExportResult) => void) {
      batches.push(batch);
      answer(callback);
    },
    async forceFlush() {},
    async shutdown() {
      closed++;
    },
  };
}

describe('createTelemetry', () => {
  it('sends traces on in the formats that OTEL_PROPAGATORS names, unless it is given a propagator', () => {
    const quiet = { logs: false, metrics: false } as const;
    const fields = (env: Record<string, string>) => open({ ...quiet, env }).propagator.fields();
    expect(fields({})).toEqual(['traceparent', 'tracestate', 'baggage']);
    expect(fields({ OTEL_PROPAGATORS: 'b3' })).toEqual(['b3']);
    const given = open({
      ...quiet,
      env: { OTEL_PROPAGATORS: 'b3' },
      traces: { propagator: new W3CBaggagePropagator() },
    });
    expect(given.propagator.fields()).toEqual(['baggage']);
  });

  it('joins the three signals: one resource, one context', async () => {
    const spans = exporter<ReadableSpan[]>();
    const logs = exporter<ReadableLogRecord[]>();
    const points = exporter<ResourceMetrics>();
    const lines = memorySink();
    const telemetry = open({
      service: { name: 'checkout', version: '1.4.2', environment: 'production' },
      logs: { sinks: [lines], exporters: [logs] },
      traces: { exporters: [spans] },
      metrics: { exporters: [points], process: false },
      env: {},
    });
    const placed = new Counter({ name: 'placed_total', help: 'Placed.', registers: [telemetry.registry] });
    await telemetry.tracer.trace('place', async () => {
      await Promise.resolve();
      telemetry.logger.info('placed', { total: 7 });
      placed.inc();
    });
    expect(await telemetry.flush()).toEqual({ complete: true, late: [] });

    const [span] = spans.batches.flat();
    const [record] = logs.batches.flat();
    const ids = span!.spanContext();
    expect(lines.records).toMatchObject([
      { msg: 'placed', total: 7, trace_id: ids.traceId, span_id: ids.spanId },
    ]);
    expect(record!.spanContext).toMatchObject({ traceId: ids.traceId, spanId: ids.spanId });
    const [metrics] = points.batches;
    for (const { resource } of [span!, record!, metrics!]) {
      expect(resource.attributes).toMatchObject({
        'service.name': 'checkout',
        'service.version': '1.4.2',
        'deployment.environment.name': 'production',
      });
    }
    expect(metrics!.scopeMetrics.flatMap((scope) => scope.metrics.map((m) => m.descriptor.name))).toContain(
      'placed_total',
    );
  });

  it('works without any option, and silently when every signal is off', async () => {
    const off = open({ logs: false, traces: false, metrics: false });
    off.logger.fatal('nobody hears this');
    const span = off.tracer.startSpan('nor this');
    expect(span.isRecording()).toBe(false);
    span.end();
    expect(await off.registry.metrics()).toBe('');
    expect(await open().flush()).toEqual({ complete: true, late: [] });
  });

  it('shows its own books and those of the process in the registry', async () => {
    const telemetry = open({ logs: false, traces: { exporters: [exporter<ReadableSpan[]>()] } });
    telemetry.tracer.startSpan('one').end();
    await telemetry.flush();
    const text = await telemetry.registry.metrics();
    expect(text).toContain('telltale_queue_items_exported_total{queue="spans"} 1');
    expect(text).toContain('process_cpu_seconds_total');
  });

  it('leaves the meter provider alone where metrics are off, and hands the registry to foreign readers', async () => {
    const registration = open({ logs: false, metrics: false }).register();
    expect(registration.metrics).toBe(false);
    registration.unregister();
    const kept = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter: kept, exportIntervalMillis: 1e8 });
    const telemetry = open({ logs: false, metrics: { readers: [reader], process: false } });
    telemetry.meterProvider.getMeter('m').createUpDownCounter('u').add(-1);
    await telemetry.flush();
    expect(kept.getMetrics()[0]!.resource.attributes['service.name']).toBeDefined();
    expect(kept.getMetrics()[0]!.scopeMetrics.at(-1)).toMatchObject({ scope: { name: 'm' } });
  });

  it('makes a meter provider that is one of `telltale/meter`', async () => {
    await using telemetry = createTelemetry({ metrics: false });
    expect(telemetry.meterProvider).toBeInstanceOf(MeterProvider);
    expect(new MeterProvider()).toBeInstanceOf(MeterProvider);
    expect({}).not.toBeInstanceOf(MeterProvider);
  });

  it('becomes the global of the OpenTelemetry API when asked, and only then', async () => {
    const telemetry = open({ logs: false });
    expect(trace.getTracer('x').startSpan('before').isRecording()).toBe(false);
    const registration = telemetry.register();
    expect(registration).toMatchObject({ traces: true, metrics: true, context: true, propagation: true });
    trace.getTracer('x').startActiveSpan('after', (span) => {
      expect(span.isRecording()).toBe(true);
      expect(trace.getActiveSpan()).toBe(span);
      const carrier: Record<string, string> = {};
      propagation.inject(context.active(), carrier);
      expect(carrier.traceparent).toContain(span.spanContext().traceId);
      span.end();
    });
    metrics.getMeter('x').createCounter('orders').add(2);
    expect(await telemetry.registry.metrics()).toContain('orders_total{otel_scope_name="x"} 2');
    registration.unregister();
    expect(trace.getTracer('x').startSpan('later').isRecording()).toBe(false);
  });

  it('registers once, however often it is asked, and anew after it was taken back', () => {
    const troubles: string[] = [];
    const telemetry = open({ logs: false, onTrouble: ({ message }) => troubles.push(message) });
    const registration = telemetry.register();
    expect(telemetry.register()).toBe(registration);
    registration.unregister();
    const again = telemetry.register();
    expect(again).toMatchObject({
      traces: true,
      metrics: true,
      context: true,
      propagation: true,
      logs: true,
    });
    again.unregister();
    expect(trace.getTracer('x').startSpan('later').isRecording()).toBe(false);
    expect(troubles).toEqual([]);
  });

  it('records what a traced function throws, and throws it on', async () => {
    const spans = exporter<ReadableSpan[]>();
    const telemetry = open({ logs: false, traces: { exporters: [spans] } });
    await expect(telemetry.tracer.trace('fail', async () => Promise.reject(new Error('no')))).rejects.toThrow(
      'no',
    );
    await telemetry.flush();
    expect(spans.batches.flat()[0]!.status).toEqual({ code: SpanStatusCode.ERROR, message: 'no' });
  });
});

describe('the end', () => {
  it('flushes and closes everything, once, however often it is asked', async () => {
    const spans = exporter<ReadableSpan[]>();
    const telemetry = open({ logs: false, traces: { exporters: [spans] } });
    telemetry.tracer.startSpan('last words').end();
    const [first, second] = await Promise.all([telemetry.shutdown(), telemetry.shutdown()]);
    expect(first).toEqual({ complete: true, late: [] });
    expect(second).toBe(first);
    expect(spans.batches.flat().map(({ name }) => name)).toEqual(['last words']);
    expect(spans.closed).toBe(1);
  });

  it('comes with `await using`', async () => {
    const spans = exporter<ReadableSpan[]>();
    const telemetry = open({ logs: false, traces: { exporters: [spans] } });
    telemetry.tracer.startSpan('one').end();
    await telemetry[Symbol.asyncDispose]();
    expect(spans.batches).toHaveLength(1);
    expect(spans.closed).toBe(1);
  });

  it('does not wait longer than it is told for an exporter that hangs, and says so', async () => {
    const clock = new FakeClock();
    const telemetry = open({
      clock,
      logs: false,
      metrics: false,
      traces: { exporters: [exporter<ReadableSpan[]>(() => {})] },
      onTrouble: () => {},
    });
    telemetry.tracer.startSpan('stuck').end();
    const ending = telemetry.shutdown(2_000);
    await clock.advance(2_000);
    expect(await ending).toEqual({ complete: false, late: ['traces'] });
  });

  it('gives the queues the same time, in which all signals end together', async () => {
    const clock = new FakeClock();
    const troubles: string[] = [];
    const telemetry = open({
      clock,
      metrics: false,
      logs: { sinks: [], exporters: [exporter<ReadableLogRecord[]>(() => {})] },
      traces: { exporters: [exporter<ReadableSpan[]>(() => {})] },
      onTrouble: ({ message }) => troubles.push(message),
    });
    telemetry.tracer.startSpan('stuck').end();
    telemetry.logger.info('stuck');
    const ending = telemetry.shutdown(2_000);
    await clock.advance(2_100);
    expect(await ending).toEqual({ complete: false, late: ['traces', 'logs'] });
    expect(troubles).toEqual([
      'traces could not be flushed within 2000 ms',
      expect.stringContaining('queue "spans" dropped 1 items: the queue was shut down'),
      'logs could not be flushed within 100 ms',
      expect.stringContaining('queue "logs" dropped 1 items: the queue was shut down'),
    ]);
  });

  it('leaves no listener on the process behind', async () => {
    const before = process.listenerCount('beforeExit') + process.listenerCount('SIGUSR2');
    const telemetry = open({ logs: false, signals: ['SIGUSR2'] });
    expect(process.listenerCount('SIGUSR2')).toBe(1);
    await telemetry.shutdown();
    expect(process.listenerCount('beforeExit') + process.listenerCount('SIGUSR2')).toBe(before);
  });
});

describe('the scrape server', () => {
  it('serves the registry on the port that it is given', async () => {
    const telemetry = open({ logs: false, metrics: { prometheus: { port: 0 }, process: false } });
    telemetry.registry.getOrCreate(Counter, { name: 'jobs_total', help: 'Jobs.' }).inc();
    const { port } = await telemetry.prometheus!.start();
    const response = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect(await response.text()).toContain('jobs_total 1');
  });

  it('tells of a port that is taken, and disturbs nothing else', async () => {
    const first = open({ logs: false, metrics: { prometheus: { port: 0 } } });
    const { port } = await first.prometheus!.start();
    const troubles: string[] = [];
    const second = open({
      logs: false,
      metrics: { prometheus: { port } },
      onTrouble: ({ code, error }) => troubles.push(`${code}: ${(error as Error).message}`),
    });
    await expect(second.prometheus!.start()).rejects.toThrow(TelltaleError);
    expect(troubles[0]).toMatch(new RegExp(`scrape_server: .*port ${port} .*taken`));
    second.tracer.startSpan('still here').end();
  });
});

describe('wrong options', () => {
  it.each([
    [{ servce: {} }, /createTelemetry: unknown option "servce"; accepted: service, /],
    [{ service: { nam: 'x' } }, /createTelemetry: service: unknown option "nam"; accepted: name, /],
    [{ service: { name: 5 } }, /createTelemetry: service: name is 5; accepted: a string/],
    [{ metrics: { prometheus: 9464 } }, /metrics\.prometheus is 9464; accepted: an object/],
    [{ metrics: { prometheus: true } }, /metrics\.prometheus is true; accepted: an object/],
    [{ logs: { levl: 'info' } }, /createTelemetry: logs: unknown option "levl"; accepted: level, /],
    [{ logs: { level: 'loud' } }, /level is "loud"/],
    [{ logs: { sinks: [7] } }, /sinks\[0\] is 7/],
    [
      { logs: { exporters: [{}] } },
      /logs\.exporters\[0\] is \{\}; accepted: an object with the methods export/,
    ],
    [{ traces: { sampler: 0.5 } }, /sampler is 0\.5/],
    [{ traces: { exporters: 'otlp' } }, /traces\.exporters is "otlp"; accepted: an array/],
    [{ traces: { exporters: [exporter()], batch: { maxItems: -1 } } }, /maxItems is -1/],
    [{ metrics: { prometheus: { port: 70_000 } } }, /port is 70000/],
    [{ metrics: { interval: 0, exporters: [exporter()] } }, /interval is 0/],
    [{ signals: ['TERM'] }, /signals\[0\] is "TERM"/],
    [{ shutdownTimeout: -1 }, /shutdownTimeout is -1/],
    [{ flushAtExit: 'yes' }, /flushAtExit is "yes"/],
    [{ onTrouble: 'log' }, /onTrouble is "log"/],
    [{ clock: {} }, /clock is \{\}/],
    [null, /options is null/],
    [7, /options is 7/],
  ])('%j is named', (options, message) => {
    expect(() => open(options as never)).toThrow(TelltaleError);
    expect(() => open(options as never)).toThrow(message);
  });

  it('do not compile', () => {
    // @ts-expect-error: not an option
    () => createTelemetry({ servce: {} });
    // @ts-expect-error: not a level
    () => createTelemetry({ logs: { level: 'loud' } });
    // @ts-expect-error: not an exporter
    () => createTelemetry({ traces: { exporters: [{}] } });
  });
});

describe('objectives', () => {
  it('are made of the registry, stopped and saved with everything else, and seen in a scrape', async () => {
    let saved = '';
    const state = {
      load: async () => undefined,
      save: async (text: string) => {
        saved = text;
      },
    };
    const telemetry = createTestTelemetry({
      slos: (signals) => new SloSet({ ...signals, state, objectives: [{ id: 'checkout', target: 99 }] }),
    });
    telemetry.slos!.get('checkout').record(true);
    expect(await telemetry.registry.metrics()).toContain(
      'slo_events_total{slo="checkout",outcome="good"} 1\n',
    );
    await telemetry.flush();
    expect(saved).toContain('"checkout"');
    saved = '';
    await telemetry.shutdown();
    expect(saved).toContain('"checkout"');
    expect(createTestTelemetry().slos).toBeUndefined();
  });

  it('are a function', () => {
    expect(() => createTelemetry({ slos: [] as never })).toThrow(
      'createTelemetry: slos is []; accepted: a function',
    );
  });
});
