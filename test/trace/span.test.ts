import { inspect } from 'node:util';
import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReadWriteSpan } from '../../src/trace/index.js';
import { flatAttributes, spanSize } from '../../src/trace/span-facts.js';
import { setup } from './support.js';

describe('a span', () => {
  it('is exported with what was written to it', () => {
    const { tracer, clock, last } = setup();
    const span = tracer.startSpan('checkout', {
      kind: SpanKind.SERVER,
      attributes: { a: 1, b: 'two' },
      links: [
        { context: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 }, attributes: { x: 1 } },
      ],
    });
    clock.advanceSync(12.5);
    span
      .setAttribute('c', true)
      .setAttributes({ d: [1, 2], a: 3 })
      .addEvent('half way', { left: 1 });
    span.updateName('checkout done').setStatus({ code: SpanStatusCode.ERROR, message: 'sold out' });
    clock.advanceSync(7.5);
    span.end();

    const start = Date.UTC(2025, 0, 1) / 1000;
    expect(last()).toMatchObject({
      name: 'checkout done',
      kind: SpanKind.SERVER,
      startTime: [start, 0],
      endTime: [start, 20_000_000],
      duration: [0, 20_000_000],
      ended: true,
      status: { code: SpanStatusCode.ERROR, message: 'sold out' },
      attributes: { a: 3, b: 'two', c: true, d: [1, 2] },
      events: [
        { name: 'half way', time: [start, 12_500_000], attributes: { left: 1 }, droppedAttributesCount: 0 },
      ],
      links: [{ context: { traceId: '1'.repeat(32) }, attributes: { x: 1 } }],
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
      instrumentationScope: { name: 'test', version: '1.0.0' },
      resource: { attributes: { 'service.name': 'test' } },
    });
    expect(last().parentSpanContext).toBeUndefined();
  });

  it('has valid random ids that say so', () => {
    const { tracer } = setup();
    const seen = new Set<string>();
    for (let i = 0; i < 500; i++) {
      const { traceId, spanId, traceFlags } = tracer.startSpan('s').spanContext();
      expect(traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
      expect(spanId).toMatch(/^(?!0{16})[0-9a-f]{16}$/);
      expect(traceFlags).toBe(3);
      seen.add(traceId).add(spanId);
    }
    expect(seen.size).toBe(1000);
  });

  it('draws again where chance gives nothing but zeros', () => {
    const draws = [0, 0, 7, 0, 0, 0, 0, 0, 9, 0];
    const random = { int32: () => draws.shift() ?? 1, float: () => 0 };
    const { traceId, spanId } = setup({ random }).tracer.startSpan('s').spanContext();
    expect(traceId).toBe('00000000000000000000000000000007');
    expect(spanId).toBe('0000000900000000');
  });

  it('is not changed by writing to the objects it was given', () => {
    const { tracer, last } = setup();
    const attributes = { list: [1, 2] };
    const span = tracer.startSpan('s', { attributes });
    attributes.list.push(3);
    span.end();
    expect(last().attributes).toEqual({ list: [1, 2] });
  });

  it('ends once; later writing changes nothing and is told of once', () => {
    const { tracer, told, ended, clock } = setup();
    const span = tracer.startSpan('s');
    span.end();
    clock.advanceSync(5);
    span.end();
    span.setAttribute('a', 1).addEvent('e').updateName('other').setStatus({ code: SpanStatusCode.ERROR });
    span.setAttributes({ b: 1 }).addLinks([{ context: span.spanContext() }]);
    span.recordException(new Error('late'));
    expect(span.isRecording()).toBe(false);
    expect(ended()).toHaveLength(1);
    expect(ended()[0]).toMatchObject({ name: 's', attributes: {}, events: [], links: [], duration: [0, 0] });
    expect(told.map(({ code }) => code)).toEqual(['span_ended']);
  });

  it('keeps the first Ok, and takes no status back', () => {
    const { tracer, last } = setup();
    const statusAfter = (...codes: SpanStatusCode[]) => {
      const span = tracer.startSpan('s');
      for (const code of codes) span.setStatus({ code, message: `m${code}` });
      span.end();
      return last().status;
    };
    const { UNSET, OK, ERROR } = SpanStatusCode;
    expect(statusAfter()).toEqual({ code: UNSET });
    expect(statusAfter(ERROR, UNSET)).toEqual({ code: ERROR, message: 'm2' });
    expect(statusAfter(ERROR, OK)).toEqual({ code: OK });
    expect(statusAfter(OK, ERROR)).toEqual({ code: OK });
  });

  it('takes times in every form of the API, exactly', () => {
    const { tracer, clock, last } = setup();
    const span = tracer.startSpan('s', { startTime: [1_600_000_000, 123_456_789] });
    span.addEvent('date', new Date(1_600_000_000_500));
    span.addEvent('epoch', { a: 1 }, 1_600_000_000_250.5);
    span.end([1_600_000_001, 23_456_788]);
    expect(last()).toMatchObject({
      startTime: [1_600_000_000, 123_456_789],
      endTime: [1_600_000_001, 23_456_788],
      duration: [0, 899_999_999],
      events: [{ time: [1_600_000_000, 500_000_000] }, { time: [1_600_000_000, 250_500_000] }],
    });
    clock.advanceSync(1000);
    const measured = tracer.startSpan('s', { startTime: 400 });
    measured.end();
    expect(last().duration).toEqual([0, 600_000_000]);
  });

  it('prints and serialises as what it says, without what it is made of', () => {
    const { tracer, last } = setup();
    tracer.startSpan('s', { attributes: { a: 1 } }).end();
    const { traceId } = last().spanContext();
    expect(JSON.parse(JSON.stringify(last()))).toMatchObject({
      name: 's',
      spanContext: { traceId },
      attributes: { a: 1 },
      resource: { 'service.name': 'test' },
    });
    expect(inspect(last())).toContain(`traceId: '${traceId}'`);
    expect(inspect(last())).not.toContain('identity');
  });

  it('never ends before its start', () => {
    const { tracer, last } = setup();
    tracer.startSpan('s').end(5);
    expect(last().duration).toEqual([0, 0]);
    tracer.startSpan('s', { startTime: [100, 0] }).end([99, 0]);
    expect(last()).toMatchObject({ startTime: [100, 0], endTime: [100, 0], duration: [0, 0] });
  });

  it('keeps the order of times within a trace when the host clock steps back', () => {
    const { tracer, provider, clock, ended } = setup();
    const parent = tracer.startSpan('parent');
    clock.advanceSync(10);
    clock.set(Date.UTC(2020, 0, 1));
    tracer.trace('other trace', () => {});
    const child = provider.getTracer('b').startSpan('child', {}, withActive(parent));
    clock.advanceSync(10);
    child.end();
    parent.end();
    const [other, late, early] = ended();
    expect(other!.startTime[0]).toBe(Date.UTC(2020, 0, 1) / 1000);
    expect(late!.startTime[0]).toBe(early!.startTime[0]);
    expect(late!.startTime[1] - early!.startTime[1]).toBe(10_000_000);
    expect(late!.endTime).toEqual(early!.endTime);
  });
});

describe('attributes of a span', () => {
  it('are what OpenTelemetry allows; anything else is left out and told of, not thrown', () => {
    const { tracer, last, told } = setup();
    const span = tracer.startSpan('s');
    const write = span.setAttribute.bind(span) as (key: unknown, value: unknown) => Span;
    write('object', {});
    write('function', () => {});
    write('bigint', 1n);
    write('symbol', Symbol('s'));
    write('mixed', [1, 'a']);
    write('', 'no key');
    write(Symbol('key'), 1);
    write('null', null);
    write('undefined', undefined);
    write('nan', Number.NaN);
    write('strings', ['a', null, 'b']);
    write('surrogate', '\ud800');
    write('__proto__', 'kept');
    span.end();
    expect(Object.entries(last().attributes)).toEqual([
      ['nan', Number.NaN],
      ['strings', ['a', null, 'b']],
      ['surrogate', '\ud800'],
      ['__proto__', 'kept'],
    ]);
    expect(new Set(told.map(({ code }) => code))).toEqual(new Set(['invalid_attribute']));
    expect(told.map(({ subject }) => subject)).toEqual(
      ['object', 'function', 'bigint', 'symbol', 'mixed', '', 'symbol'].filter(
        (subject, i, all) => all.indexOf(subject) === i,
      ),
    );
  });

  it('may throw when they are read', () => {
    const { tracer, last } = setup();
    const hostile = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no');
        },
      },
    );
    const getter = {
      a: 1,
      get b(): number {
        throw new Error('no');
      },
    };
    const span = tracer.startSpan('s', { attributes: getter });
    span.setAttributes(hostile).addEvent('e', hostile).addEvent('f', getter);
    span.addLink({ context: span.spanContext(), attributes: hostile });
    span.end();
    expect(last().attributes).toEqual({ a: 1 });
    expect(last().events.map(({ attributes }) => attributes)).toEqual([{}, { a: 1 }]);
  });

  it('are kept beside those that cannot be read', () => {
    const { tracer, ended } = setup();
    const attributes = {
      before: 1,
      get broken(): string {
        throw new Error('boom');
      },
      after: 2,
    };
    tracer.startSpan('given', { attributes }).end();
    tracer.startSpan('set').setAttribute('before', 0).setAttributes(attributes).end();
    expect(ended().map((span) => span.attributes)).toEqual([
      { before: 1, after: 2 },
      { before: 1, after: 2 },
    ]);
  });

  it('have limits, and what goes beyond is counted', () => {
    const { tracer, last } = setup({
      spanLimits: {
        attributeCountLimit: 3,
        attributeValueLengthLimit: 4,
        eventCountLimit: 2,
        linkCountLimit: 1,
        attributePerEventCountLimit: 1,
        attributePerLinkCountLimit: 0,
      },
    });
    const span = tracer.startSpan('s', { attributes: { a: 'abcdef', b: ['abcdef', 'x'], c: 1, d: 2 } });
    span.setAttribute('a', 'again…').setAttribute('e', 5);
    for (const name of ['one', 'two', 'three']) span.addEvent(name, { long: 'abcdef', more: 1 });
    for (let i = 0; i < 3; i++) span.addLink({ context: span.spanContext(), attributes: { i } });
    span.end();
    expect(last()).toMatchObject({
      attributes: { a: 'agai', b: ['abcd', 'x'], c: 1 },
      droppedAttributesCount: 2,
      droppedEventsCount: 1,
      droppedLinksCount: 2,
      events: [
        { name: 'two', attributes: { long: 'abcd' }, droppedAttributesCount: 1 },
        { name: 'three', attributes: { long: 'abcd' }, droppedAttributesCount: 1 },
      ],
      links: [{ attributes: {}, droppedAttributesCount: 1 }],
    });
  });

  it('are told of once a span where they were not enough', () => {
    const { tracer, told } = setup({ spanLimits: { attributeCountLimit: 1, eventCountLimit: 1 } });
    const span = tracer.startSpan('greedy', { attributes: { a: 1, b: 2, c: 3 } });
    span.addEvent('e').addEvent('f').end();
    tracer
      .startSpan('modest', { attributes: { a: 1 } })
      .addEvent('e')
      .end();
    expect(told.map(({ code, subject, count }) => [code, subject, count])).toEqual([
      ['span_limit', 'greedy', 1],
    ]);
  });

  it('can be forbidden altogether', () => {
    const { tracer, last } = setup({
      spanLimits: { attributeCountLimit: 0, eventCountLimit: 0, linkCountLimit: 0 },
    });
    const span = tracer.startSpan('s', { attributes: { a: 1 } }).addEvent('e');
    span.addLink({ context: span.spanContext() }).end();
    expect(last()).toMatchObject({
      attributes: {},
      events: [],
      links: [],
      droppedAttributesCount: 1,
      droppedEventsCount: 1,
      droppedLinksCount: 1,
    });
  });

  it('in their thousands cost little and are bounded', () => {
    const { tracer, last } = setup();
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, i]));
    tracer.startSpan('s', { attributes: { ...many, big: 'x'.repeat(10_000_000) } }).end();
    expect(Object.keys(last().attributes)).toHaveLength(128);
    expect(last().droppedAttributesCount).toBe(10_001 - 128);
  });

  it('count in the size of a span as long as it holds them', () => {
    const { tracer, last } = setup({ spanLimits: { attributeCountLimit: 2 } });
    const span = tracer.startSpan('s');
    span.end();
    const empty = spanSize(last());
    const big = 'x'.repeat(1_000_000);
    const full = tracer.startSpan('s', { attributes: { text: big, list: [big, big] } });
    for (let i = 0; i < 100; i++) full.setAttribute('text', big).setAttribute(`more ${i}`, big);
    full.setAttribute('bad', {} as never);
    full.end();
    expect(spanSize(last()) - empty).toBeGreaterThan(3_000_000);
    expect(spanSize(last()) - empty).toBeLessThan(3_001_000);
    const slim = tracer.startSpan('s', { attributes: { text: big } }).setAttribute('text', 'short');
    slim.end();
    expect(spanSize(last()) - empty).toBe(5);
  });

  it('are the last value of each key, in the order of the first writing', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
    const value = fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.array(fc.string()));
    fc.assert(
      fc.property(fc.array(fc.tuple(key, value), { maxLength: 40 }), (writes) => {
        const { tracer, last } = setup();
        const span = tracer.startSpan('s');
        for (const [k, v] of writes) span.setAttribute(k, v);
        span.end();
        const flat = flatAttributes(last())!;
        expect(last().attributes).toEqual(Object.fromEntries(new Map(writes)));
        const pairs = [];
        for (let i = 0; i < flat.count; i += 2) pairs.push([flat.list[i], flat.list[i + 1]]);
        expect(pairs).toEqual([...new Map(writes)]);
      }),
    );
  });

  it('never throw, whatever they are', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), fc.anything(), (a, b) => {
        const { tracer, last } = setup();
        const span = tracer.startSpan('s', a as object);
        const loose = span as unknown as Record<string, (...args: unknown[]) => unknown>;
        loose.setAttribute!(a, b);
        loose.setAttributes!(a);
        loose.addEvent!(a, b, a);
        loose.recordException!(a, b);
        loose.setAttribute!('k', a);
        span.end(b as number);
        const { attributes, events, startTime, endTime, duration } = last() ?? {};
        JSON.stringify([attributes, events, startTime, endTime, duration]);
      }),
    );
  });
});

describe('recordException', () => {
  const recorded = (exception: unknown) => {
    const { tracer, last } = setup();
    const span = tracer.startSpan('s');
    span.recordException(exception as Error);
    span.end();
    return last().events[0]?.attributes;
  };

  it('keeps type, message and stack', () => {
    const error = new TypeError('wrong');
    expect(recorded(error)).toEqual({
      'exception.type': 'TypeError',
      'exception.message': 'wrong',
      'exception.stacktrace': error.stack,
    });
    expect(recorded('just text')).toEqual({ 'exception.message': 'just text' });
    expect(recorded(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }))).toMatchObject({
      'exception.type': 'ECONNREFUSED',
    });
  });

  it('follows the causes, even in circles', () => {
    const root = new Error('disk full');
    const middle = new Error('no commit', { cause: root });
    const top = new Error('order lost', { cause: middle });
    const stack = String(recorded(top)!['exception.stacktrace']);
    expect(stack).toBe(`${top.stack}\nCaused by: ${middle.stack}\nCaused by: ${root.stack}`);
    root.cause = top;
    expect(String(recorded(top)!['exception.stacktrace']).match(/Caused by/g)).toHaveLength(2);
    expect(recorded(new Error('x', { cause: 'a text' }))!['exception.stacktrace']).toMatch(
      /Caused by: a text$/,
    );
  });

  it('passes over links and statuses that cannot be read, and says so', () => {
    const { tracer, last, told } = setup();
    const span = tracer.startSpan('s') as ReadWriteSpan;
    const broken = {
      get context(): never {
        throw new Error('broken');
      },
      get code(): never {
        throw new Error('broken');
      },
    };
    const good = { context: span.spanContext() };
    for (const odd of [null, undefined, 5, {}, { context: {} }, broken]) span.addLink(odd as never);
    span.addLinks(null as never).addLinks([good, null as never]);
    for (const odd of [null, undefined, 5, {}, broken]) span.setStatus(odd as never);
    span.end();
    expect(last().links).toEqual([good]);
    expect(last().status).toEqual({ code: 0 });
    expect(told.map(({ code }) => code)).toEqual(['invalid_link', 'invalid_status']);
  });

  it('survives what throws when read', () => {
    const nasty = {
      get message() {
        throw new Error('no');
      },
      get code() {
        throw new Error('no');
      },
      name: 'Nasty',
    };
    expect(recorded(nasty)).toEqual({ 'exception.type': 'Nasty' });
    expect(recorded(undefined)).toBeUndefined();
    expect(recorded(42)).toEqual({ 'exception.message': '42' });
  });
});

function withActive(span: Span) {
  return trace.setSpan(ROOT_CONTEXT, span);
}
