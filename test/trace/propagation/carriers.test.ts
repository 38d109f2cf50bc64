import { Metadata } from '@grpc/grpc-js';
import { ROOT_CONTEXT, type TextMapPropagator, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  B3Propagator,
  type CarrierAccess,
  environmentCarrier,
  headerCarrier,
  JaegerPropagator,
  messageCarrier,
  metadataCarrier,
  sqsCarrier,
  W3CTraceContextPropagator,
  w3cPropagator,
  XRayPropagator,
} from '../../../src/trace/index.js';
import { contextOf, SPAN, TRACE } from './support.js';

const propagators: TextMapPropagator[] = [
  w3cPropagator(),
  new B3Propagator(),
  new B3Propagator({ inject: 'multi' }),
  new JaegerPropagator(),
  new XRayPropagator(),
];
const carriers: [string, () => unknown, CarrierAccess<never>][] = [
  ['an object of headers', () => ({}), headerCarrier],
  ['a Headers', () => new Headers(), headerCarrier],
  ['gRPC metadata', () => new Metadata(), metadataCarrier],
  ['message headers', () => ({}), messageCarrier],
  ['SQS attributes', () => ({}), sqsCarrier],
  ['environment variables', () => ({}), environmentCarrier],
];

describe.each(carriers)('%s', (_name, make, access) => {
  it('brings back what any propagator puts into it', () => {
    for (const propagator of propagators) {
      const carrier = make() as never;
      propagator.inject(contextOf(), carrier, access);
      const parent = trace.getSpanContext(propagator.extract(ROOT_CONTEXT, carrier, access));
      expect(parent).toMatchObject({ traceId: TRACE, spanId: SPAN, isRemote: true });
    }
  });

  it('is empty at first', () => {
    const carrier = make() as never;
    expect(access.keys(carrier)).toEqual([]);
    expect(access.get(carrier, 'traceparent')).toBeUndefined();
  });
});

describe('headers', () => {
  it('are found and overwritten whatever the case of their names', () => {
    const headers: Record<string, string> = { TraceParent: 'old' };
    headerCarrier.set(headers, 'traceparent', 'new');
    expect(headers).toEqual({ TraceParent: 'new' });
    expect(headerCarrier.get({ 'X-Depth': 3 }, 'x-depth')).toBe('3');
  });
});

describe('gRPC metadata', () => {
  it('leaves binary entries alone', () => {
    const metadata = new Metadata();
    metadata.set('grpc-trace-bin', Buffer.from([1]));
    expect(metadataCarrier.get(metadata, 'grpc-trace-bin')).toBeUndefined();
    metadata.add('tracestate', 'a=1');
    metadata.add('tracestate', 'b=2');
    expect(metadataCarrier.get(metadata, 'tracestate')).toEqual(['a=1', 'b=2']);
  });
});

describe('message headers', () => {
  it('may be texts, bytes, several of them, or attributes', () => {
    const value = `00-${TRACE}-${SPAN}-01`;
    for (const header of [
      value,
      Buffer.from(value),
      new Uint8Array(Buffer.from(value)),
      ['older', Buffer.from(value)],
      { DataType: 'String', StringValue: value },
      { dataType: 'String', stringValue: value },
      { Type: 'String', Value: value },
    ]) {
      expect(messageCarrier.get({ traceparent: header }, 'traceparent')).toBe(value);
    }
    for (const header of [undefined, null, 7, true, {}, [], { StringValue: 7 }, () => value]) {
      expect(messageCarrier.get({ traceparent: header }, 'traceparent')).toBeUndefined();
    }
  });

  it('of SQS are never more than ten', () => {
    const attributes = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`a${i}`, {}]));
    sqsCarrier.set(attributes, 'traceparent', 'x');
    expect(Object.keys(attributes)).toHaveLength(10);
    sqsCarrier.set(attributes, 'a3', 'x');
    expect(attributes.a3).toEqual({ DataType: 'String', StringValue: 'x' });
  });
});

describe('environment variables', () => {
  it('have names that every shell takes', () => {
    const env: Record<string, string | undefined> = { PATH: '/bin' };
    new W3CTraceContextPropagator().inject(contextOf(), env, environmentCarrier);
    expect(env).toEqual({ PATH: '/bin', TRACEPARENT: `00-${TRACE}-${SPAN}-01` });
    environmentCarrier.set(env, 'x-b3-traceid', TRACE);
    expect(env.X_B3_TRACEID).toBe(TRACE);
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), (name, value) => {
        const made: Record<string, string | undefined> = {};
        environmentCarrier.set(made, name, value);
        expect(Object.keys(made)[0]).toMatch(/^[A-Z_][A-Z0-9_]*$/);
        expect(environmentCarrier.get(made, name)).toBe(value);
      }),
    );
  });
});
