import { context, metrics, propagation, trace } from '@opentelemetry/api';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AsyncLocalContextManager } from '../../src/common/context-manager.js';
import { MeterProvider } from '../../src/metrics/otel/index.js';
import { type GlobalsOptions, registerGlobals } from '../../src/trace/index.js';
import { setup } from './support.js';

describe('registerGlobals', () => {
  afterEach(() => {
    trace.disable();
    context.disable();
    propagation.disable();
    metrics.disable();
  });

  it('makes the provider what the API gives, until it is taken back', () => {
    const { provider, tracer } = setup();
    const early = trace.getTracer('early');
    const registration = registerGlobals({ tracerProvider: provider });
    expect(registration).toMatchObject({ traces: true, context: true, propagation: true });
    early.startActiveSpan('s', (span) => {
      expect(span.isRecording()).toBe(true);
      expect(trace.getActiveSpan()).toBe(span);
      const headers: Record<string, string> = {};
      propagation.inject(context.active(), headers);
      const { traceId, spanId } = span.spanContext();
      expect(headers.traceparent).toBe(`00-${traceId}-${spanId}-03`);
    });
    tracer.startActiveSpan('s', (span) => expect(trace.getActiveSpan()).toBe(span));
    registration.unregister();
    expect(trace.getTracer('late').startSpan('s').isRecording()).toBe(false);
    tracer.startActiveSpan('s', () => expect(trace.getActiveSpan()).toBeUndefined());
  });

  it('leaves another provider in its place, and says so', () => {
    const first = setup();
    const second = setup();
    registerGlobals({ tracerProvider: first.provider });
    const { diagnostics } = second;
    const registration = registerGlobals({ tracerProvider: second.provider, diagnostics });
    expect(registration).toMatchObject({ traces: false, context: false, propagation: false });
    expect(second.told).toMatchObject([
      { code: 'global_taken', subject: 'tracer provider, context manager, propagator' },
    ]);
    registration.unregister();
    trace.getTracer('t').startSpan('s').end();
    expect(first.ended()).toHaveLength(1);
  });

  it('makes a meter provider global where it is given one', () => {
    const { provider } = setup();
    expect(registerGlobals({ tracerProvider: provider }).metrics).toBe(false);
    const meterProvider = new MeterProvider();
    const registration = registerGlobals({ tracerProvider: provider, meterProvider });
    expect(registration.metrics).toBe(true);
    metrics.getMeter('m').createCounter('c').add(3);
    expect(meterProvider.registry.getSingleMetric('c_total')).toBeDefined();
    const { diagnostics, told } = setup();
    registerGlobals({ tracerProvider: provider, meterProvider: new MeterProvider(), diagnostics });
    expect(told[0]!.subject).toContain('meter provider');
    registration.unregister();
    metrics.getMeter('m').createCounter('d').add(3);
    expect(meterProvider.registry.getSingleMetric('d_total')).toBeUndefined();
    expect(() => registerGlobals({ tracerProvider: provider, meterProvider: {} as never })).toThrow(
      /meterProvider/,
    );
  });

  it('takes back only once what it set', () => {
    const registration = registerGlobals({ tracerProvider: setup().provider });
    registration.unregister();
    const later = setup();
    registerGlobals({ tracerProvider: later.provider });
    registration.unregister();
    trace.getTracer('t').startSpan('s').end();
    expect(later.ended()).toHaveLength(1);
  });

  it('registers a context manager and a propagator of choice', () => {
    const contextManager = new AsyncLocalContextManager();
    const propagator = { inject: vi.fn(), extract: vi.fn(), fields: () => ['x-trace'] };
    const { provider } = setup({ contextManager });
    registerGlobals({ tracerProvider: provider, contextManager, propagator });
    expect(propagation.fields()).toEqual(['x-trace']);
    trace.getTracer('t').startActiveSpan('s', (span) => {
      expect(trace.getSpan(contextManager.active())).toBe(span);
      expect(trace.getActiveSpan()).toBe(span);
    });
  });

  it('names a wrong option, its value and what is accepted', () => {
    const { provider: tracerProvider } = setup();
    const wrong = (options: unknown) => () => registerGlobals(options as GlobalsOptions);
    expect(wrong(undefined)).toThrow(/registerGlobals: tracerProvider is undefined/);
    expect(wrong({ tracerProvider, propagator: {} })).toThrow(/propagator is .*inject, extract, fields/);
    expect(wrong({ tracerProvider, contextManager: {} })).toThrow(/contextManager is .*active, with, bind/);
    expect(wrong({ tracerProvider, provider: 1 })).toThrow(/unknown option "provider"/);
    expect(trace.getTracer('t').startSpan('s').isRecording()).toBe(false);
  });
});
