import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import * as otel from '@opentelemetry/sdk-trace-base';
import { afterEach, describe, expect, it } from 'vitest';
import { addSpanEvent, setSpanAttributes } from '../../src/trace/index.js';
import { setup } from './support.js';

afterEach(() => context.disable());

describe('addSpanEvent and setSpanAttributes', () => {
  it('write to the span that is current, across await', async () => {
    const { tracer, ended } = setup();
    await tracer.trace('outer', async () => {
      await null;
      setSpanAttributes({ 'order.id': 'A-1' });
      tracer.trace('inner', () => addSpanEvent('cache miss', { key: 'k' }));
      addSpanEvent('late', undefined, [5, 6]);
    });
    const [inner, outer] = ended();
    expect(inner!.events).toMatchObject([{ name: 'cache miss', attributes: { key: 'k' } }]);
    expect(outer).toMatchObject({
      attributes: { 'order.id': 'A-1' },
      events: [{ name: 'late', time: [5, 6] }],
    });
  });

  it('do nothing where there is none', () => {
    expect(addSpanEvent('nobody hears')).toBeUndefined();
    expect(setSpanAttributes({ a: 1 })).toBeUndefined();
  });

  it("find the span of another SDK by the API's context", () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const span = new otel.BasicTracerProvider().getTracer('t').startSpan('s');
    context.with(trace.setSpan(context.active(), span), () => setSpanAttributes({ a: 1 }));
    expect((span as unknown as otel.ReadableSpan).attributes).toEqual({ a: 1 });
  });
});
