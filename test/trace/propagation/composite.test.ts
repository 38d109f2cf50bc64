import {
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  type TextMapPropagator,
  trace,
} from '@opentelemetry/api';
import { expect, it } from 'vitest';
import { type Diagnostic, Diagnostics } from '../../../src/common/diagnostics.js';
import {
  CompositePropagator,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '../../../src/trace/index.js';

const HEADERS = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, baggage: 'k=v' };

it('reads and writes all of its parts, past one that throws', () => {
  const told: Diagnostic[] = [];
  const fail = (): never => {
    throw new Error('broken');
  };
  const broken: TextMapPropagator = { inject: fail, extract: fail, fields: () => ['baggage', 'x'] };
  const propagator = new CompositePropagator({
    propagators: [broken, new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
    diagnostics: new Diagnostics({ handler: (diagnostic) => told.push(diagnostic) }),
  });
  const context = propagator.extract(ROOT_CONTEXT, HEADERS, defaultTextMapGetter);
  expect(trace.getSpanContext(context)?.traceId).toBe('a'.repeat(32));
  expect(propagation.getBaggage(context)?.getEntry('k')?.value).toBe('v');
  const headers = {};
  propagator.inject(context, headers, defaultTextMapSetter);
  expect(headers).toEqual(HEADERS);
  expect(propagator.fields()).toEqual(['baggage', 'x', 'traceparent', 'tracestate']);
  expect(told.map(({ subject }) => subject)).toEqual(['Object.extract', 'Object.inject']);
});

it('names a wrong option', () => {
  expect(() => new CompositePropagator({ propagators: [{}] as never })).toThrow(/propagators\[0\]/);
  expect(() => new CompositePropagator({ propagator: [] } as never)).toThrow(/unknown option "propagator"/);
});
