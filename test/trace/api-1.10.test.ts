import { context, propagation, trace } from 'opentelemetry-api-1.10';
import { afterAll, expect, it, vi } from 'vitest';
import { registerGlobals } from '../../src/trace/index.js';
import { setup } from './support.js';

// Everything below, telltale included, sees the API's 1.10 line in place of the installed 1.9.
vi.mock('@opentelemetry/api', () => import('opentelemetry-api-1.10'));

afterAll(() => {
  trace.disable();
  context.disable();
  propagation.disable();
});

it('works with version 1.10 of the API', async () => {
  const { provider, ended } = setup();
  expect(registerGlobals({ tracerProvider: provider })).toMatchObject({
    traces: true,
    context: true,
    propagation: true,
  });
  const tracer = trace.getTracer('t');
  await tracer.startActiveSpan('parent', async (parent) => {
    await null;
    expect(trace.getActiveSpan()).toBe(parent);
    const headers: Record<string, string> = {};
    propagation.inject(context.active(), headers);
    const incoming = propagation.extract(context.active(), headers);
    expect(trace.getSpanContext(incoming)).toEqual({ ...parent.spanContext(), isRemote: true });
    tracer.startSpan('child').end();
    parent.end();
  });
  expect(ended().map(({ name }) => name)).toEqual(['child', 'parent']);
  expect(ended()[0]!.parentSpanContext).toEqual(ended()[1]!.spanContext());
});

it('takes its types', () => {
  const { provider } = setup();
  trace.disable();
  expect(trace.setGlobalTracerProvider(provider)).toBe(true);
});
