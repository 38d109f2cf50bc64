import { propagation, ROOT_CONTEXT } from '@opentelemetry/api';
import { JaegerPropagator as OfficialJaegerPropagator } from '@opentelemetry/propagator-jaeger';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { suppressTelemetry } from '../../../src/common/suppression.js';
import { B3Propagator, headerCarrier, JaegerPropagator } from '../../../src/trace/index.js';
import { contextOf, extracted, injected, mutilated, SPAN, spanContexts, TRACE } from './support.js';

const jaeger = new JaegerPropagator();
const official = new OfficialJaegerPropagator();
const parent = { traceId: TRACE, spanId: SPAN, traceFlags: 1, isRemote: true };
const read = (header: unknown) => extracted(jaeger, { 'uber-trace-id': header });

describe('uber-trace-id', () => {
  it('is read in all its forms', () => {
    for (const [header, expected] of [
      [`${TRACE}:${SPAN}:0:1`, parent],
      [`${TRACE}:${SPAN}:0:01`, parent],
      [`${TRACE}:${SPAN}:${SPAN}:01`, parent],
      [`${TRACE}:${SPAN}::01`, parent],
      [`${TRACE}%3A${SPAN}%3a0%3A1`, parent],
      [`${TRACE.toUpperCase()}:${SPAN}:0:1`, parent],
      [`${TRACE}:${SPAN}:0:0`, { ...parent, traceFlags: 0 }],
      [`${TRACE}:${SPAN}:0:2`, parent],
      [`${TRACE}:${SPAN}:0:8`, { ...parent, traceFlags: 0 }],
      [`abc:def:0:1`, { ...parent, traceId: 'abc'.padStart(32, '0'), spanId: 'def'.padStart(16, '0') }],
      [
        `${SPAN}1:def:0:1`,
        { ...parent, traceId: `${SPAN}1`.padStart(32, '0'), spanId: 'def'.padStart(16, '0') },
      ],
    ] as const) {
      expect(read(header), header).toEqual(expected);
    }
  });

  it.each([
    '',
    ':::',
    `${TRACE}`,
    `${TRACE}:${SPAN}:0`,
    `${TRACE}:${SPAN}:0:1:1`,
    `${TRACE}:${SPAN}:0:`,
    `${TRACE}:${SPAN}:0:1ff`,
    `${TRACE}:${SPAN}:0:x`,
    `0:${SPAN}:0:1`,
    `${TRACE}:0:0:1`,
    `0${TRACE}:${SPAN}:0:1`,
    `${TRACE}:0${SPAN}:0:1`,
    `${TRACE}:ghi:0:1`,
    `${TRACE}%3${SPAN}`,
    ':'.repeat(1_000_000),
  ])('is ignored when it is %.70s', (header) => {
    expect(read(header)).toBeUndefined();
  });

  it('does not take a random id for a debug flag', () => {
    expect(injected(jaeger, contextOf({ traceFlags: 3 }))).toEqual({
      'uber-trace-id': `${TRACE}:${SPAN}:0:01`,
    });
  });

  it('passes a debug flag on, to B3 as well', () => {
    const context = jaeger.extract(ROOT_CONTEXT, { 'uber-trace-id': `${TRACE}:${SPAN}:0:3` }, headerCarrier);
    expect(injected(jaeger, context)).toEqual({ 'uber-trace-id': `${TRACE}:${SPAN}:0:03` });
    expect(injected(new B3Propagator(), context)).toEqual({ b3: `${TRACE}-${SPAN}-d` });
  });
});

describe('uberctx-', () => {
  const baggageOf = (headers: Record<string, unknown>) =>
    propagation
      .getBaggage(jaeger.extract(ROOT_CONTEXT, headers as never, headerCarrier))
      ?.getAllEntries()
      .map(([key, { value }]) => [key, value]);

  it('carries baggage', () => {
    expect(injected(jaeger, contextOf({}, { tenant: 'a b,c', город: 'x' }))).toEqual({
      'uber-trace-id': `${TRACE}:${SPAN}:0:01`,
      'uberctx-tenant': 'a%20b%2Cc',
    });
    expect(baggageOf({ 'uberctx-tenant': 'a%20b%2Cc', 'UberCtx-other': '1', 'uberctx-': 'x' })).toEqual([
      ['tenant', 'a b,c'],
      ['other', '1'],
    ]);
  });

  it('leaves out what cannot be carried', () => {
    expect(baggageOf({ 'uberctx-bad': '%E0%A4%A', 'uberctx-good': '1' })).toEqual([['good', '1']]);
    expect(injected(jaeger, contextOf({}, { half: '\ud800', good: '1' }))).toHaveProperty(
      'uberctx-good',
      '1',
    );
    expect(injected(jaeger, suppressTelemetry(contextOf({}, { good: '1' })))).toEqual({});
  });

  it('is bounded both ways', () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`uberctx-k${i}`, 'v']));
    expect(baggageOf(many)).toHaveLength(180);
    expect(baggageOf({ 'uberctx-big': 'x'.repeat(10_000) })).toBeUndefined();
    const sent = Object.keys(
      injected(jaeger, contextOf({}, Object.fromEntries(Object.keys(many).map((key) => [key, 'v'])))),
    );
    expect(sent).toHaveLength(181);
  });
});

it('reads what the official propagator writes, and the other way round', () => {
  fc.assert(
    fc.property(
      spanContexts,
      fc.dictionary(
        fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/),
        fc.string({ unit: 'grapheme', maxLength: 8 }),
        {
          maxKeys: 3,
        },
      ),
      (spanContext, baggage) => {
        const context = contextOf(spanContext, baggage);
        const theirs = injected(
          official,
          contextOf({ ...spanContext, traceFlags: spanContext.traceFlags & 1 }, baggage),
        );
        const ours = injected(jaeger, context);
        expect(ours).toEqual(theirs);
        const readByUs = jaeger.extract(ROOT_CONTEXT, theirs, headerCarrier);
        const readByThem = official.extract(ROOT_CONTEXT, ours, headerCarrier);
        expect(extracted(jaeger, theirs)).toEqual(extracted(official, ours));
        expect(propagation.getBaggage(readByUs)?.getAllEntries()).toEqual(
          propagation.getBaggage(readByThem)?.getAllEntries(),
        );
      },
    ),
  );
});

it('never throws, and never makes a parent that is not valid', () => {
  fc.assert(
    fc.property(mutilated(`${TRACE}:${SPAN}:0:01`), fc.anything(), (header, any) => {
      read(any);
      const found = read(header);
      if (found !== undefined) {
        expect(found.traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
        expect(found.spanId).toMatch(/^(?!0{16})[0-9a-f]{16}$/);
      }
    }),
  );
});
