import { type Context, ROOT_CONTEXT, type TextMapPropagator, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  B3Propagator,
  headerCarrier,
  JaegerPropagator,
  messageCarrier,
  propagatorFromEnv,
  XRayPropagator,
} from '../../../src/trace/index.js';
import { contextOf } from './support.js';

const NAMES = [
  'traceparent',
  'tracestate',
  'baggage',
  'b3',
  'x-b3-traceid',
  'x-b3-spanid',
  'x-b3-sampled',
  'x-b3-flags',
  'uber-trace-id',
  'uberctx-a',
  'x-amzn-trace-id',
];
const propagators: [string, TextMapPropagator][] = [
  ['B3', new B3Propagator()],
  ['Jaeger', new JaegerPropagator()],
  ['X-Ray', new XRayPropagator()],
  [
    'all of them',
    propagatorFromEnv({ env: { OTEL_PROPAGATORS: 'tracecontext,baggage,b3,b3multi,jaeger,xray' } }),
  ],
];

describe.each(propagators)('%s', (_name, propagator) => {
  const read = (headers: Record<string, unknown>): Context =>
    propagator.extract(ROOT_CONTEXT, headers as never, headerCarrier);

  it('reads any headers without throwing, and any parent that it finds is valid', () => {
    const value = fc.oneof(
      fc.anything(),
      fc.string({ unit: 'binary', maxLength: 100 }),
      fc.stringMatching(/^[0-9a-fA-F:;=,-]{0,80}$/),
    );
    const headers = fc.record(Object.fromEntries(NAMES.map((name) => [name, value])), { requiredKeys: [] });
    fc.assert(
      fc.property(headers, (given) => {
        const parent = trace.getSpanContext(read(given));
        if (parent === undefined) return;
        expect(parent.traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
        expect(parent.spanId).toMatch(/^(?!0{16})[0-9a-f]{16}$/);
      }),
      // Values of any kind are slow to make.
      { numRuns: 30 },
    );
  });

  it('leaves headers as they were', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...NAMES), fc.string()), (headers) => {
        const before = { ...headers };
        read(headers);
        expect(headers).toEqual(before);
      }),
    );
  });

  it('reads headers of ten megabytes, lone surrogates, and messages of bytes', () => {
    for (const text of [
      'a'.repeat(10_000_000),
      '-'.repeat(10_000_000),
      ':;=,'.repeat(2_500_000),
      '\ud800'.repeat(100),
    ]) {
      const headers = Object.fromEntries(NAMES.map((name) => [name, text]));
      expect(trace.getSpanContext(read(headers))).toBeUndefined();
      const bytes = Object.fromEntries(NAMES.map((name) => [name, Buffer.from(text.slice(0, 1000))]));
      expect(trace.getSpanContext(propagator.extract(ROOT_CONTEXT, bytes, messageCarrier))).toBeUndefined();
    }
  });

  it('writes what it reads again', () => {
    const headers: Record<string, string> = {};
    propagator.inject(contextOf(), headers, headerCarrier);
    const again: Record<string, string> = {};
    propagator.inject(read(headers), again, headerCarrier);
    expect(again).toEqual(headers);
  });
});
