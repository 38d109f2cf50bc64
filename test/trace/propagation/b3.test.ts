import { ROOT_CONTEXT } from '@opentelemetry/api';
import { B3InjectEncoding, B3Propagator as OfficialB3Propagator } from '@opentelemetry/propagator-b3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TelltaleError } from '../../../src/common/errors.js';
import { suppressTelemetry } from '../../../src/common/suppression.js';
import { B3Propagator, headerCarrier } from '../../../src/trace/index.js';
import { setup } from '../support.js';
import { contextOf, extracted, injected, mutilated, SPAN, spanContexts, TRACE } from './support.js';

const single = new B3Propagator();
const multi = new B3Propagator({ inject: 'multi' });
const official = {
  single: new OfficialB3Propagator(),
  multi: new OfficialB3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER }),
};
const parent = { traceId: TRACE, spanId: SPAN, traceFlags: 1, isRemote: true };

describe('B3 in one header', () => {
  it('is read in all its forms', () => {
    const PARENT = '00f067aa0ba902b7';
    for (const [b3, traceFlags] of [
      [`${TRACE}-${SPAN}-1`, 1],
      [`${TRACE}-${SPAN}-0`, 0],
      [`${TRACE}-${SPAN}-d`, 1],
      [`${TRACE}-${SPAN}`, 0],
      [`${TRACE}-${SPAN}-1-${PARENT}`, 1],
      [` ${TRACE}-${SPAN}-1 `, 1],
    ] as const) {
      expect(extracted(single, { b3 }), b3).toEqual({ ...parent, traceFlags });
      expect(extracted(multi, { b3 }), b3).toEqual({ ...parent, traceFlags });
    }
  });

  it('may have a trace id of 64 bits', () => {
    const traceId = `0000000000000000${SPAN}`;
    expect(extracted(single, { b3: `${SPAN}-${SPAN}-1` })).toEqual({ ...parent, traceId });
  });

  it.each([
    '0',
    '1',
    'd',
    '',
    '-',
    TRACE,
    `${TRACE}-`,
    `${TRACE}-${SPAN}-`,
    `${TRACE}-${SPAN}-2`,
    `${TRACE}-${SPAN}-true`,
    `${TRACE}-${SPAN}-1-`,
    `${TRACE}-${SPAN}-1-${SPAN}-1`,
    `${TRACE}-${SPAN}-1-0000000000000000`,
    `${TRACE.toUpperCase()}-${SPAN}-1`,
    `${'0'.repeat(32)}-${SPAN}-1`,
    `${TRACE}-${'0'.repeat(16)}-1`,
    `${TRACE.slice(1)}-${SPAN}-1`,
    `0${TRACE}-${SPAN}-1`,
    `${TRACE}-${SPAN}-1`.repeat(100_000),
  ])('is ignored when it is %.70s', (b3) => {
    expect(extracted(single, { b3 })).toBeUndefined();
  });

  it('is ignored when it is sent twice', () => {
    expect(extracted(single, { b3: [`${TRACE}-${SPAN}-1`, `${TRACE}-${SPAN}-0`] })).toBeUndefined();
    expect(extracted(single, { b3: [`${TRACE}-${SPAN}-1`] })).toEqual(parent);
  });

  it('goes before the others, which are read where it is malformed', () => {
    const others = { 'x-b3-traceid': TRACE, 'x-b3-spanid': SPAN, 'x-b3-sampled': '0' };
    expect(extracted(single, { b3: `${TRACE}-${SPAN}-1`, ...others })).toEqual(parent);
    expect(extracted(single, { b3: 'rubbish', ...others })).toEqual({ ...parent, traceFlags: 0 });
  });

  it('says nothing of a random id', () => {
    expect(injected(single, contextOf({ traceFlags: 3 }))).toEqual({ b3: `${TRACE}-${SPAN}-1` });
    expect(injected(single, contextOf({ traceFlags: 2 }))).toEqual({ b3: `${TRACE}-${SPAN}-0` });
  });
});

describe('B3 in several headers', () => {
  const ids = { 'x-b3-traceid': TRACE, 'x-b3-spanid': SPAN };

  it('is read in all its forms', () => {
    for (const [sampled, traceFlags] of [
      ['1', 1],
      ['0', 0],
      ['true', 1],
      ['True', 1],
      ['false', 0],
      [undefined, 0],
    ] as const) {
      expect(extracted(single, { ...ids, 'x-b3-sampled': sampled })).toEqual({ ...parent, traceFlags });
    }
    expect(extracted(multi, { ...ids, 'x-b3-flags': '1' })).toEqual(parent);
    expect(extracted(multi, { ...ids, 'x-b3-flags': '1', 'x-b3-sampled': '0' })).toEqual(parent);
    expect(extracted(multi, { ...ids, 'x-b3-sampled': '1', 'x-b3-parentspanid': 'whatever' })).toEqual(
      parent,
    );
  });

  it('is ignored when a part of it is malformed', () => {
    for (const bad of [
      { 'x-b3-traceid': undefined },
      { 'x-b3-traceid': 'abc' },
      { 'x-b3-traceid': '0'.repeat(32) },
      { 'x-b3-spanid': undefined },
      { 'x-b3-spanid': TRACE },
      { 'x-b3-sampled': 'yes' },
      { 'x-b3-sampled': '' },
      { 'x-b3-traceid': [TRACE, TRACE] },
      { 'x-b3-sampled': { toString: () => '1' } },
    ]) {
      expect(extracted(multi, { ...ids, 'x-b3-sampled': '1', ...bad }), JSON.stringify(bad)).toBeUndefined();
    }
  });

  it('is read whatever the case of the names', () => {
    const headers = { 'X-B3-TraceId': TRACE, 'X-B3-SpanId': SPAN, 'X-B3-Sampled': '1' };
    const context = multi.extract(ROOT_CONTEXT, headers, headerCarrier);
    expect(injected(multi, context)).toEqual({ ...ids, 'x-b3-sampled': '1' });
  });
});

it('a debug flag is passed on, in either form, and counts as sampled', () => {
  for (const headers of [
    { b3: `${TRACE}-${SPAN}-d` },
    { 'x-b3-traceid': TRACE, 'x-b3-spanid': SPAN, 'x-b3-flags': '1' },
  ]) {
    const context = single.extract(ROOT_CONTEXT, headers, headerCarrier);
    expect(injected(single, context)).toEqual({ b3: `${TRACE}-${SPAN}-d` });
    expect(injected(multi, context)).toEqual({
      'x-b3-traceid': TRACE,
      'x-b3-spanid': SPAN,
      'x-b3-flags': '1',
    });
    expect(injected(official.multi, context)).toMatchObject({ 'x-b3-flags': '1' });
  }
});

it('a child of what was read continues the trace', () => {
  const { tracer } = setup();
  const context = single.extract(ROOT_CONTEXT, { b3: `${TRACE}-${SPAN}-1` }, headerCarrier);
  const child = tracer.startSpan('child', {}, context).spanContext();
  expect(child.traceId).toBe(TRACE);
  expect(child.spanId).not.toBe(SPAN);
});

it('sends nothing where there is no valid span, or telemetry is suppressed', () => {
  for (const propagator of [single, multi]) {
    expect(injected(propagator, ROOT_CONTEXT)).toEqual({});
    expect(injected(propagator, contextOf({ traceId: '0'.repeat(32) }))).toEqual({});
    expect(injected(propagator, suppressTelemetry(contextOf()))).toEqual({});
  }
});

it('reads and writes what the official propagator does', () => {
  fc.assert(
    fc.property(spanContexts, (spanContext) => {
      for (const encoding of ['single', 'multi'] as const) {
        const ours = encoding === 'single' ? single : multi;
        const headers = injected(official[encoding], contextOf(spanContext));
        expect(injected(ours, contextOf(spanContext))).toEqual(headers);
        expect(extracted(ours, headers)).toEqual(extracted(official[encoding], headers));
        expect(extracted(ours, headers)).toEqual({
          ...spanContext,
          traceFlags: spanContext.traceFlags & 1,
          isRemote: true,
        });
      }
    }),
  );
});

it('never throws, and never makes a parent that is not valid', () => {
  fc.assert(
    fc.property(mutilated(`${TRACE}-${SPAN}-1`), mutilated(TRACE), fc.anything(), (b3, traceId, any) => {
      for (const headers of [{ b3 }, { b3: any }, { 'x-b3-traceid': traceId, 'x-b3-spanid': SPAN }]) {
        const found = extracted(single, headers);
        if (found !== undefined) {
          expect(found.traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
          expect(found.spanId).toMatch(/^(?!0{16})[0-9a-f]{16}$/);
        }
      }
    }),
  );
});

it('refuses options that it does not know', () => {
  expect(() => new B3Propagator({ inject: 'both' as 'multi' })).toThrow(TelltaleError);
  // @ts-expect-error no such option
  expect(() => new B3Propagator({ injectEncoding: 1 })).toThrow(/injectEncoding/);
});
