import { defaultTextMapGetter, defaultTextMapSetter, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { suppressTelemetry } from '../../../src/common/suppression.js';
import { W3CTraceContextPropagator } from '../../../src/trace/index.js';
import { setup } from '../support.js';

const propagator = new W3CTraceContextPropagator();
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

const extract = (headers: Record<string, unknown>) =>
  propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
const extracted = (headers: Record<string, unknown>) => trace.getSpanContext(extract(headers));
const state = (tracestate: unknown) =>
  extracted({ traceparent: `00-${TRACE}-${SPAN}-01`, tracestate })?.traceState?.serialize();

function injected(context: Parameters<W3CTraceContextPropagator['inject']>[0]) {
  const headers: Record<string, string> = {};
  propagator.inject(context, headers, defaultTextMapSetter);
  return headers;
}

describe('traceparent', () => {
  it('is read as Level 2 says', () => {
    for (const [flags, traceFlags] of [
      ['00', 0],
      ['01', 1],
      ['02', 2],
      ['03', 3],
      ['ff', 3],
      ['fc', 0],
    ] as const) {
      expect(extracted({ traceparent: `00-${TRACE}-${SPAN}-${flags}` })).toEqual({
        traceId: TRACE,
        spanId: SPAN,
        traceFlags,
        isRemote: true,
      });
    }
  });

  it('of a later version is read as far as it is known', () => {
    const known = { traceId: TRACE, spanId: SPAN, traceFlags: 1 };
    expect(extracted({ traceparent: `01-${TRACE}-${SPAN}-03` })).toMatchObject(known);
    expect(extracted({ traceparent: `cc-${TRACE}-${SPAN}-01-what the future brings` })).toMatchObject(known);
    expect(extracted({ traceparent: `cc-${TRACE}-${SPAN}-01.what` })).toBeUndefined();
    expect(extracted({ traceparent: `cc-${TRACE}-${SPAN}-01x` })).toBeUndefined();
  });

  it('may have white space around it', () => {
    for (const traceparent of [` 00-${TRACE}-${SPAN}-01`, `\t 00-${TRACE}-${SPAN}-01 \t`]) {
      expect(extracted({ traceparent })).toMatchObject({ traceId: TRACE });
    }
    expect(extracted({ traceparent: [`00-${TRACE}-${SPAN}-01`] })).toMatchObject({ traceId: TRACE });
  });

  it('is ignored when it is malformed', () => {
    const bad: unknown[] = [
      '',
      '00',
      `00-${TRACE}-${SPAN}`,
      `00-${TRACE}-${SPAN}-`,
      `00-${TRACE}-${SPAN}-0`,
      `00-${TRACE}-${SPAN}-001`,
      `00-${TRACE}-${SPAN}-01-extra`,
      `00-${TRACE}-${SPAN}-01-`,
      `00-${TRACE}-${SPAN}-.1`,
      `00-${TRACE}-${SPAN}-0A`,
      `ff-${TRACE}-${SPAN}-01`,
      `0x-${TRACE}-${SPAN}-01`,
      `.0-${TRACE}-${SPAN}-01`,
      `00-${TRACE.toUpperCase()}-${SPAN}-01`,
      `00-${TRACE}-${SPAN.toUpperCase()}-01`,
      `00-${'0'.repeat(32)}-${SPAN}-01`,
      `00-${TRACE}-${'0'.repeat(16)}-01`,
      `00-${TRACE}1-${SPAN}-01`,
      `00-${TRACE.slice(1)}-${SPAN}-01`,
      `00_${TRACE}-${SPAN}-01`,
      `00-${TRACE}_${SPAN}-01`,
      `00-${TRACE}-${SPAN}_01`,
      `00-${TRACE}-${SPAN}-01,00-${TRACE}-${SPAN}-01`,
      [`00-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-01`],
      [],
      42,
      null,
      {},
    ];
    for (const traceparent of bad) {
      expect(extract({ traceparent, tracestate: 'a=1' })).toBe(ROOT_CONTEXT);
    }
  });

  it('never throws and never yields an invalid context, whatever it is', () => {
    const near = fc.tuple(fc.nat(60), fc.string({ minLength: 1, maxLength: 3 })).map(([at, noise]) => {
      const good = `00-${TRACE}-${SPAN}-01`;
      return good.slice(0, at) + noise + good.slice(at + noise.length);
    });
    fc.assert(
      fc.property(fc.oneof(fc.string(), near, fc.anything()), fc.anything(), (traceparent, tracestate) => {
        const result = extracted({ traceparent, tracestate });
        if (result !== undefined) {
          expect(trace.isSpanContextValid(result)).toBe(true);
          expect([0, 1, 2, 3]).toContain(result.traceFlags);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('survives the way out and in', () => {
    const hex = (length: number) =>
      fc
        .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
        .map((digits) => digits.join(''))
        .filter((id) => /[1-9a-f]/.test(id));
    fc.assert(
      fc.property(hex(32), hex(16), fc.nat(3), (traceId, spanId, traceFlags) => {
        const context = trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags });
        expect(extracted(injected(context))).toEqual({ traceId, spanId, traceFlags, isRemote: true });
      }),
    );
  });

  it('is not written where there is no valid span, or telemetry is suppressed', () => {
    const valid = { traceId: TRACE, spanId: SPAN, traceFlags: 1 };
    expect(injected(ROOT_CONTEXT)).toEqual({});
    expect(injected(trace.setSpanContext(ROOT_CONTEXT, { ...valid, traceId: '0'.repeat(32) }))).toEqual({});
    expect(injected(suppressTelemetry(trace.setSpanContext(ROOT_CONTEXT, valid)))).toEqual({});
    const odd = trace.setSpanContext(ROOT_CONTEXT, { ...valid, traceFlags: 0xfff });
    expect(injected(odd)).toEqual({ traceparent: `00-${TRACE}-${SPAN}-03` });
  });

  it('carries a trace through a service that does not record it', () => {
    const { tracer } = setup();
    const incoming = extract({ traceparent: `00-${TRACE}-${SPAN}-00`, tracestate: 'a=1' });
    const span = tracer.startSpan('s', {}, incoming);
    const { spanId } = span.spanContext();
    expect(span.isRecording()).toBe(false);
    expect(injected(trace.setSpan(incoming, span))).toEqual({
      traceparent: `00-${TRACE}-${spanId}-00`,
      tracestate: 'a=1',
    });
  });

  it('is the parent of the spans of a request, which share one line of time', () => {
    const { tracer, ended } = setup();
    const incoming = extract({ traceparent: `00-${TRACE}-${SPAN}-03` });
    for (const name of ['a', 'b']) tracer.startSpan(name, {}, incoming).end();
    for (const span of ended()) {
      expect(span.parentSpanContext).toEqual({ traceId: TRACE, spanId: SPAN, traceFlags: 3, isRemote: true });
      expect(span.spanContext()).toMatchObject({ traceId: TRACE, traceFlags: 3 });
    }
  });
});

describe('tracestate', () => {
  it('is passed on in its order, also from several headers, without what is empty', () => {
    expect(state('foo=1,bar=2')).toBe('foo=1,bar=2');
    expect(state('foo=1 \t , \t bar=2, \t baz=3')).toBe('foo=1,bar=2,baz=3');
    expect(state(['foo=1,bar=2', 'rojo=1', ''])).toBe('foo=1,bar=2,rojo=1');
    expect(state('foo=1,,bar=2,')).toBe('foo=1,bar=2');
    const key = 'abcdefghijklmnopqrstuvwxyz0123456789_-*/@a-z0-9_-*/';
    const value = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i))
      .filter((char) => char !== ',' && char !== '=')
      .join('');
    expect(state(`${key}=${value}`)).toBe(`${key}=${value}`);
    expect(state(`0=${'v'.repeat(256)}`)).toBe(`0=${'v'.repeat(256)}`);
    expect(state(`${'k'.repeat(256)}=v`)).toBe(`${'k'.repeat(256)}=v`);
  });

  it('is left out whole when a part of it is wrong; the trace goes on', () => {
    const many = Array.from({ length: 33 }, (_, i) => `k${i}=v`);
    const bad: unknown[] = [
      '',
      'foo',
      'foo=',
      '=1',
      'foo =1',
      'FOO=1',
      'foo.bar=1',
      '-foo=1',
      'foo=bar=baz',
      'foo=1,bar',
      'foo=\u00e9',
      'foo=a\u0000b',
      `foo=${'v'.repeat(257)}`,
      `${'k'.repeat(257)}=1`,
      'foo=1,foo=2',
      many.join(','),
      42,
      {},
    ];
    for (const tracestate of bad) {
      const headers = { traceparent: `00-${TRACE}-${SPAN}-01`, tracestate };
      expect(extracted(headers)).toEqual({ traceId: TRACE, spanId: SPAN, traceFlags: 1, isRemote: true });
    }
    expect(state(many.slice(0, 32).join(','))).toBe(many.slice(0, 32).join(','));
  });

  it('is changed by making a new one, the changed member first', () => {
    const first = extracted({ traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: 'a=1,b=2' })!.traceState!;
    expect(first.set('b', '3').serialize()).toBe('b=3,a=1');
    expect(first.set('c', '3').set('Bad', '1').serialize()).toBe('c=3,a=1,b=2');
    expect(first.set('c', 'bad,value')).toBe(first);
    expect(first.unset('a').serialize()).toBe('b=2');
    expect(first.unset('x')).toBe(first);
    expect([first.get('a'), first.get('x'), first.serialize()]).toEqual(['1', undefined, 'a=1,b=2']);
    let full = first;
    for (let i = 0; i < 40; i++) full = full.set(`k${i}`, 'v');
    expect(full.serialize().split(',')).toHaveLength(32);
    expect(full.get('k39')).toBe('v');
    const context = trace.setSpanContext(ROOT_CONTEXT, {
      traceId: TRACE,
      spanId: SPAN,
      traceFlags: 1,
      traceState: first.unset('a').unset('b'),
    });
    expect(injected(context)).toEqual({ traceparent: `00-${TRACE}-${SPAN}-01` });
  });
});

it('names its headers', () => {
  expect(propagator.fields()).toEqual(['traceparent', 'tracestate']);
});
