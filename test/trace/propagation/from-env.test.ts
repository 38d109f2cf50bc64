import { ROOT_CONTEXT, type TextMapPropagator } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { type Diagnostic, Diagnostics } from '../../../src/common/diagnostics.js';
import { TelltaleError } from '../../../src/common/errors.js';
import { B3Propagator, propagatorFromEnv } from '../../../src/trace/index.js';
import { contextOf, extracted, injected, SPAN, TRACE } from './support.js';

function from(OTEL_PROPAGATORS: string | undefined, others: Record<string, () => TextMapPropagator> = {}) {
  const told: Diagnostic[] = [];
  const diagnostics = new Diagnostics({ handler: (diagnostic) => told.push(diagnostic) });
  return { propagator: propagatorFromEnv({ env: { OTEL_PROPAGATORS }, diagnostics, others }), told };
}

const fields = (value: string | undefined) => from(value).propagator.fields();

describe('OTEL_PROPAGATORS', () => {
  it('is W3C trace context and baggage by default', () => {
    for (const value of [undefined, '', ' ', ',']) {
      expect(fields(value)).toEqual(['traceparent', 'tracestate', 'baggage']);
    }
  });

  it('names each of them', () => {
    expect(fields('tracecontext')).toEqual(['traceparent', 'tracestate']);
    expect(fields('baggage')).toEqual(['baggage']);
    expect(fields('b3')).toEqual(['b3']);
    expect(fields('b3multi')).toContain('x-b3-traceid');
    expect(fields('jaeger')).toEqual(['uber-trace-id']);
    expect(fields('xray')).toEqual(['x-amzn-trace-id']);
    expect(fields(' B3 , xray,b3')).toEqual(['b3', 'x-amzn-trace-id']);
  });

  it('is none where it says so, whatever else it says', () => {
    expect(fields('none')).toEqual([]);
    expect(injected(from('none,b3').propagator, contextOf())).toEqual({});
  });

  it('leaves out and tells of names that nobody knows', () => {
    const { propagator, told } = from('ottrace,__proto__,constructor,b3');
    expect(propagator.fields()).toEqual(['b3']);
    expect(told.map(({ code, subject }) => [code, subject])).toEqual([
      ['unknown_propagator', 'ottrace'],
      ['unknown_propagator', '__proto__'],
      ['unknown_propagator', 'constructor'],
    ]);
    expect(told[0]!.message).toMatch(/accepted: tracecontext, baggage, b3, b3multi, jaeger, xray, none/);
  });

  it('may name propagators of the user', () => {
    const { propagator, told } = from('custom', { custom: () => new B3Propagator() });
    expect(propagator.fields()).toEqual(['b3']);
    expect(told).toEqual([]);
  });

  it('sends every format and reads any', () => {
    const { propagator } = from('tracecontext,b3,jaeger,xray');
    const headers = injected(propagator, contextOf());
    expect(Object.keys(headers)).toEqual(['traceparent', 'b3', 'uber-trace-id', 'x-amzn-trace-id']);
    for (const [name, value] of Object.entries(headers)) {
      expect(extracted(propagator, { [name]: value })).toMatchObject({ traceId: TRACE, spanId: SPAN });
    }
    expect(injected(propagator, ROOT_CONTEXT)).toEqual({});
  });
});

it('reads the environment of the process by default, and refuses unknown options', () => {
  expect(propagatorFromEnv().fields().length).toBeGreaterThan(0);
  // @ts-expect-error no such option
  expect(() => propagatorFromEnv({ environment: {} })).toThrow(TelltaleError);
});
