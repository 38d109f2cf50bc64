import { ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator as OtelTraceContext } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import * as otel from '@opentelemetry/sdk-trace-base';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import {
  adaptive,
  adjustedCount,
  alwaysOff,
  alwaysOn,
  BatchSpanProcessor,
  consistentProbability,
  forcible,
  type IdGenerator,
  limitedProbability,
  parentBased,
  parentThreshold,
  type ReadableSpan,
  type ReadWriteSpan,
  rateLimited,
  rules,
  type Sampler,
  SimpleSpanProcessor,
  type SpanExporter,
  type SpanLimits,
  type SpanProcessor,
  type TimedEvent,
  TracerProvider,
  type TracerProviderOptions,
  traceIdRatio,
} from '../../src/trace/index.js';
import { setup } from './support.js';

describe("types of telltale and of OpenTelemetry's SDK", () => {
  it('take the place of one another', () => {
    expectTypeOf<ReadableSpan>().toExtend<otel.ReadableSpan>();
    expectTypeOf<otel.ReadableSpan>().toExtend<ReadableSpan>();
    expectTypeOf<ReadWriteSpan>().toExtend<otel.Span>();
    expectTypeOf<otel.Span>().toExtend<ReadWriteSpan>();
    expectTypeOf<TimedEvent>().toExtend<otel.TimedEvent>();
    expectTypeOf<otel.TimedEvent>().toExtend<TimedEvent>();
    expectTypeOf<SpanProcessor>().toExtend<otel.SpanProcessor>();
    expectTypeOf<otel.SpanProcessor>().toExtend<SpanProcessor>();
    expectTypeOf<SpanExporter>().toExtend<otel.SpanExporter>();
    expectTypeOf<otel.SpanExporter>().toExtend<SpanExporter>();
    expectTypeOf<Sampler>().toExtend<otel.Sampler>();
    expectTypeOf<otel.Sampler>().toExtend<Sampler>();
    expectTypeOf<IdGenerator>().toExtend<otel.IdGenerator>();
    expectTypeOf<otel.IdGenerator>().toExtend<IdGenerator>();
    expectTypeOf<SpanLimits>().toEqualTypeOf<otel.SpanLimits>();
    expectTypeOf<otel.TracerConfig>().toExtend<TracerProviderOptions>();
    expectTypeOf<BatchSpanProcessor>().toExtend<otel.SpanProcessor>();
    expectTypeOf<SimpleSpanProcessor>().toExtend<otel.SpanProcessor>();
  });
});

describe("OpenTelemetry's parts on telltale's provider", () => {
  it('processors and exporters receive whole spans', async () => {
    const exporter = new otel.InMemorySpanExporter();
    const simple = new otel.InMemorySpanExporter();
    const provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'shop' }),
      spanProcessors: [
        new otel.BatchSpanProcessor(exporter),
        new otel.SimpleSpanProcessor(simple),
        new otel.NoopSpanProcessor(),
      ],
    });
    provider.getTracer('t', '1').trace('parent', { attributes: { a: 1 } }, (span) => {
      span.addEvent('e', { b: 2 });
      provider.getTracer('t').startSpan('child', {}, trace.setSpan(ROOT_CONTEXT, span)).end();
    });
    await provider.forceFlush();
    const [child, parent] = exporter.getFinishedSpans();
    expect(parent).toMatchObject({ name: 'parent', attributes: { a: 1 }, events: [{ name: 'e' }] });
    expect(parent!.resource.attributes).toEqual({ 'service.name': 'shop' });
    expect(child!.parentSpanContext).toEqual(parent!.spanContext());
    expect(simple.getFinishedSpans()).toEqual([child, parent]);
    await provider.shutdown();
  });

  it('a resource that is still looking things up is waited for', async () => {
    const exporter = new otel.InMemorySpanExporter();
    const resource = resourceFromAttributes({ 'host.id': Promise.resolve('h1') });
    const provider = new TracerProvider({
      resource,
      spanProcessors: [new BatchSpanProcessor({ exporter })],
    });
    provider.getTracer('t').startSpan('s').end();
    await provider.forceFlush();
    expect(exporter.getFinishedSpans()[0]!.resource.attributes).toEqual({ 'host.id': 'h1' });
    expect(resource.asyncAttributesPending).toBe(false);
  });

  it('the console exporter prints them', async () => {
    const print = vi.spyOn(console, 'dir').mockImplementation(() => {});
    const { tracer, provider } = setup({
      spanProcessors: [new otel.BatchSpanProcessor(new otel.ConsoleSpanExporter())],
    });
    tracer.startSpan('printed', { attributes: { a: 1 } }).end();
    await provider.forceFlush();
    expect(print.mock.calls[0]![0]).toMatchObject({
      name: 'printed',
      attributes: { a: 1 },
      duration: 0,
      status: { code: 0 },
    });
    print.mockRestore();
  });

  it('samplers and id generators decide and make ids', () => {
    const recorded = (sampler: otel.Sampler) =>
      setup({ sampler, idGenerator: new otel.RandomIdGenerator() }).tracer.startSpan('s').isRecording();
    expect(recorded(new otel.AlwaysOnSampler())).toBe(true);
    expect(recorded(new otel.AlwaysOffSampler())).toBe(false);
    expect(recorded(new otel.TraceIdRatioBasedSampler(1))).toBe(true);
    expect(recorded(new otel.ParentBasedSampler({ root: new otel.AlwaysOffSampler() }))).toBe(false);
    expect(recorded(parentBased(new otel.AlwaysOnSampler()))).toBe(true);
    expect(recorded(new otel.ParentBasedSampler({ root: traceIdRatio(0) }))).toBe(false);
  });
});

describe("telltale's parts on OpenTelemetry's provider", () => {
  it('processors, samplers and exporters do their work', async () => {
    const exporter = new otel.InMemorySpanExporter();
    const batch = new BatchSpanProcessor({ exporter });
    const provider = new otel.BasicTracerProvider({
      sampler: parentBased(alwaysOn()),
      spanProcessors: [batch, new SimpleSpanProcessor({ exporter: new otel.InMemorySpanExporter() })],
    });
    provider
      .getTracer('t')
      .startSpan('s', { attributes: { a: 1 } })
      .end();
    await provider.forceFlush();
    expect(exporter.getFinishedSpans()).toMatchObject([{ name: 's', attributes: { a: 1 } }]);
    expect(batch.stats).toMatchObject({ accepted: 1, exported: 1 });
    await provider.shutdown();
  });

  it.each([
    alwaysOff(),
    traceIdRatio(0),
    rateLimited(0),
    parentBased(alwaysOff()),
    parentThreshold(consistentProbability(0)),
    limitedProbability(1, 0),
    adaptive(0),
    rules([{ name: 's', sampler: new otel.AlwaysOffSampler() }], alwaysOn()),
    forcible(new otel.AlwaysOffSampler()),
    new otel.ParentBasedSampler({ root: adaptive(0) }),
  ])('sampler %s', (sampler) => {
    const provider = new otel.BasicTracerProvider({ sampler });
    expect(provider.getTracer('t').startSpan('s').isRecording()).toBe(false);
  });

  it('samplers write their probability on its spans', () => {
    const provider = new otel.BasicTracerProvider({
      sampler: new otel.ParentBasedSampler({ root: consistentProbability(0.5) }),
    });
    const tracer = provider.getTracer('t');
    let root = tracer.startSpan('root');
    while (!root.isRecording()) root = tracer.startSpan('root');
    const child = tracer.startSpan('child', {}, trace.setSpan(ROOT_CONTEXT, root));
    expect([adjustedCount(root), adjustedCount(child)]).toEqual([2, 2]);
  });

  it('spans are the parents of its spans, and the reverse', () => {
    const theirs = new otel.BasicTracerProvider().getTracer('theirs');
    const { tracer } = setup();
    const below = (parent: Span) => trace.setSpan(ROOT_CONTEXT, parent);
    for (const [a, b] of [
      [tracer, theirs],
      [theirs, tracer],
    ] as const) {
      const parent = a.startSpan('parent');
      const child = b.startSpan('child', {}, below(parent)) as unknown as ReadableSpan;
      expect(child.parentSpanContext).toEqual(parent.spanContext());
    }
  });

  it('headers are read alike', () => {
    const span = setup().tracer.startSpan('s');
    const headers: Record<string, string> = {};
    const setter = {
      set(carrier: Record<string, string>, key: string, value: string) {
        carrier[key] = value;
      },
    };
    const getter = { keys: Object.keys, get: (carrier: Record<string, string>, key: string) => carrier[key] };
    new OtelTraceContext().inject(trace.setSpan(ROOT_CONTEXT, span), headers, setter);
    const context = new OtelTraceContext().extract(ROOT_CONTEXT, headers, getter);
    expect(trace.getSpanContext(context)).toEqual({ ...span.spanContext(), isRemote: true });
  });
});
