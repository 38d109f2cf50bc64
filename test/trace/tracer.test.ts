import { context, ROOT_CONTEXT, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { suppressTelemetry } from '../../src/common/suppression.js';
import { alwaysOff, parentBased } from '../../src/trace/index.js';
import { setup } from './support.js';

const REMOTE = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), isRemote: true };

describe('startSpan', () => {
  it('makes children of the span in the context, and roots where there is none or it is asked for', () => {
    const { tracer } = setup();
    const parent = tracer.startSpan('parent');
    const here = trace.setSpan(ROOT_CONTEXT, parent);
    const child = tracer.startSpan('child', {}, here);
    const root = tracer.startSpan('root', { root: true }, here);
    expect(parentOf(child)).toEqual(parent.spanContext());
    expect(child.spanContext().traceId).toBe(parent.spanContext().traceId);
    expect(child.spanContext().spanId).not.toBe(parent.spanContext().spanId);
    expect(parentOf(root)).toBeUndefined();
    expect(root.spanContext().traceId).not.toBe(parent.spanContext().traceId);
  });

  it('knows its parent whether or not anybody asked the parent for its ids first', () => {
    const { tracer, ended } = setup();
    tracer.trace('parent', () => tracer.trace('child', () => tracer.trace('grandchild', () => {})));
    const [grandchild, child, parent] = ended();
    expect(grandchild!.parentSpanContext).toEqual(child!.spanContext());
    expect(child!.parentSpanContext).toEqual(parent!.spanContext());
    expect(parent!.parentSpanContext).toBeUndefined();
  });

  it('carries on the trace of another service, sampled or not, random or not', () => {
    const { tracer } = setup();
    for (const [traceFlags, recording] of [
      [0, false],
      [1, true],
      [2, false],
      [3, true],
    ] as const) {
      const remote = { ...REMOTE, traceFlags };
      const span = tracer.startSpan('s', {}, trace.setSpanContext(ROOT_CONTEXT, remote));
      expect(span.isRecording()).toBe(recording);
      expect(span.spanContext()).toMatchObject({ traceId: REMOTE.traceId, traceFlags });
      expect(span.spanContext().isRemote).toBeUndefined();
      if (recording) expect(parentOf(span)).toEqual(remote);
    }
  });

  it('begins a new trace below a parent that is not valid', () => {
    const { tracer } = setup();
    const bad = [
      { ...REMOTE, traceId: '0'.repeat(32) },
      { ...REMOTE, traceId: 'A'.repeat(32) },
      { ...REMOTE, spanId: 'xyz' },
      { ...REMOTE, traceId: undefined },
      undefined,
    ];
    for (const remote of bad) {
      const parent = { spanContext: () => remote } as unknown as Span;
      const span = tracer.startSpan('s', {}, trace.setSpan(ROOT_CONTEXT, parent));
      expect(span.isRecording()).toBe(true);
      expect(span.spanContext().traceId).not.toBe(REMOTE.traceId);
      expect(parentOf(span)).toBeUndefined();
    }
  });

  it('makes no telemetry where it is suppressed', () => {
    const { tracer, ended } = setup();
    const span = tracer.startSpan('s', {}, suppressTelemetry(ROOT_CONTEXT));
    span.end();
    expect(span.isRecording()).toBe(false);
    expect(trace.isSpanContextValid(span.spanContext())).toBe(false);
    expect(ended()).toEqual([]);
  });

  it('never throws, whatever it is called with', () => {
    const { tracer, told, last } = setup();
    const start = tracer.startSpan.bind(tracer) as (...args: unknown[]) => Span;
    start(undefined, null).end();
    expect(last().name).toBe('undefined');
    start(Symbol('s')).end();
    start('s', 5, null).end();
    const hostile = {
      get kind() {
        throw new Error('no');
      },
    };
    expect(start('s', hostile).isRecording()).toBe(false);
    expect(start('s', { links: 7, attributes: 8, startTime: 'soon' }).isRecording()).toBe(true);
    const parent = {
      spanContext() {
        throw new Error('no');
      },
    };
    const span = start('s', {}, trace.setSpan(ROOT_CONTEXT, parent as unknown as Span));
    expect(trace.isSpanContextValid(span.spanContext())).toBe(true);
    expect(told.map(({ code }) => code)).toEqual(['span_not_started', 'invalid_link']);
  });
});

describe('a span that is not recorded', () => {
  it('costs no ids until somebody asks, and then keeps them', () => {
    let draws = 0;
    const random = { int32: () => ++draws, float: () => 0 };
    const { tracer } = setup({ sampler: parentBased(alwaysOff()), random });
    const span = tracer.startSpan('s');
    span.setAttribute('a', 1).addEvent('e').setStatus({ code: 2 }).updateName('t');
    span.setAttributes({}).addLinks([]).addLink({ context: span.spanContext() });
    span.recordException(new Error());
    span.end();
    tracer.startSpan('other').end();
    expect(draws).toBe(6);
    expect(span.spanContext()).toBe(span.spanContext());
    expect(span.spanContext().traceFlags).toBe(2);
    expect(trace.isSpanContextValid(span.spanContext())).toBe(true);
  });

  it('keeps its trace together', () => {
    const { tracer, ended } = setup({ sampler: parentBased(alwaysOff()) });
    const parent = tracer.startSpan('parent');
    const here = trace.setSpan(ROOT_CONTEXT, parent);
    const [a, b] = [tracer.startSpan('a', {}, here), tracer.startSpan('b', {}, here)];
    expect(a.spanContext().traceId).toBe(b.spanContext().traceId);
    expect(a.spanContext().traceId).toBe(parent.spanContext().traceId);
    expect(a.spanContext().spanId).not.toBe(b.spanContext().spanId);
    expect(ended()).toEqual([]);
  });

  it('can have a recorded child, which knows it', () => {
    let sample = false;
    const sampler = { shouldSample: () => ({ decision: sample ? 2 : 0 }) };
    const { tracer } = setup({ sampler });
    const parent = tracer.startSpan('parent');
    sample = true;
    const child = tracer.startSpan('child', {}, trace.setSpan(ROOT_CONTEXT, parent));
    expect(parentOf(child)).toEqual(parent.spanContext());
    expect(child.spanContext()).toMatchObject({ traceId: parent.spanContext().traceId, traceFlags: 3 });
  });
});

describe('startActiveSpan', () => {
  it('makes the span current for its callback, across await, without register()', async () => {
    const { tracer, provider } = setup();
    const other = provider.getTracer('other');
    const result = await tracer.startActiveSpan('parent', async (parent) => {
      await new Promise((resolve) => setImmediate(resolve));
      const child = other.startSpan('child');
      expect(parentOf(child)).toEqual(parent.spanContext());
      return 42;
    });
    expect(result).toBe(42);
    expect(context.active()).toBe(ROOT_CONTEXT);
  });

  it('takes options and a context, as the API has it', () => {
    const { tracer } = setup();
    const key = Symbol('k');
    const mine = trace.setSpanContext(ROOT_CONTEXT, { ...REMOTE, traceFlags: 1 }).setValue(key, 'kept');
    tracer.startActiveSpan('a', { attributes: { x: 1 } }, (span) => {
      expect(span).toMatchObject({ attributes: { x: 1 } });
    });
    tracer.startActiveSpan('b', {}, mine, (span) => {
      expect(span.spanContext().traceId).toBe(REMOTE.traceId);
    });
  });

  it('does not end the span, and lets errors through', () => {
    const { tracer, ended } = setup();
    const error = new Error('mine');
    expect(() =>
      tracer.startActiveSpan('s', () => {
        throw error;
      }),
    ).toThrow(error);
    expect(ended()).toEqual([]);
  });
});

describe('trace', () => {
  it('ends the span of a function and gives back its result', () => {
    const { tracer, last } = setup();
    const result = tracer.trace('s', { attributes: { a: 1 } }, (span) => {
      span.setAttribute('b', 2);
      return 7;
    });
    expect(result).toBe(7);
    expect(last()).toMatchObject({ name: 's', attributes: { a: 1, b: 2 }, status: { code: 0 }, ended: true });
  });

  it('ends the span of a promise when it has settled', async () => {
    const { tracer, clock, last, ended } = setup();
    const promise = tracer.trace('s', async () => {
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 50));
      return 'done';
    });
    expect(ended()).toEqual([]);
    await clock.advance(50);
    expect(await promise).toBe('done');
    expect(last().duration).toEqual([0, 50_000_000]);
  });

  it('records what is thrown or rejected, and passes it on as it is', async () => {
    const { tracer, last } = setup();
    const error = new RangeError('too far');
    expect(() =>
      tracer.trace('s', () => {
        throw error;
      }),
    ).toThrow(error);
    expect(last().status).toEqual({ code: SpanStatusCode.ERROR, message: 'too far' });
    expect(last().events).toMatchObject([
      { name: 'exception', attributes: { 'exception.type': 'RangeError' } },
    ]);
    await expect(tracer.trace('t', () => Promise.reject('text'))).rejects.toBe('text');
    expect(last()).toMatchObject({ name: 't', status: { code: SpanStatusCode.ERROR, message: 'text' } });
    for (const odd of [undefined, null, 0, { toString: null }]) {
      await expect(tracer.trace('u', () => Promise.reject(odd))).rejects.toBe(odd);
      expect(last().status.code).toBe(SpanStatusCode.ERROR);
    }
  });

  it('leaves a span alone that the function has ended itself', () => {
    const { tracer, ended } = setup();
    tracer.trace('s', (span) => span.end());
    expect(ended()).toHaveLength(1);
  });

  it('hands back the very promise, and follows another thenable by one then', async () => {
    const { tracer, ended } = setup();
    const promise = Promise.resolve(1);
    expect(tracer.trace('s', () => promise)).toBe(promise);
    await promise;
    let asked = 0;
    const query: PromiseLike<string> = {
      // biome-ignore lint/suspicious/noThenProperty: a query builder, as database libraries have them
      then: (...args) => {
        asked++;
        return Promise.resolve('rows').then(...args);
      },
    };
    expect(await tracer.trace('query', () => query)).toBe('rows');
    expect(asked).toBe(1);
    const failing = Promise.reject(new Error('mine'));
    await expect(tracer.trace('u', () => failing)).rejects.toThrow('mine');
    expect(ended().map(({ name, status }) => [name, status.code])).toEqual([
      ['s', 0],
      ['query', 0],
      ['u', 2],
    ]);
  });

  it('follows a generator: each step in the span, which ends with the last', () => {
    const { tracer, ended, last } = setup();
    const generator = tracer.trace('rows', function* (span): Generator<number, string, string> {
      tracer.trace('first', () => {});
      const got = yield 1;
      span.setAttribute('got', got);
      tracer.trace('second', () => {});
      return 'done';
    });
    expect(ended()).toEqual([]);
    expect(generator.next()).toEqual({ value: 1, done: false });
    expect(ended().map(({ name }) => name)).toEqual(['first']);
    expect(generator.next('x')).toEqual({ value: 'done', done: true });
    expect(generator.next()).toEqual({ value: undefined, done: true });
    const [first, second, rows] = ended();
    expect(rows).toMatchObject({ name: 'rows', attributes: { got: 'x' } });
    for (const child of [first, second]) expect(child!.parentSpanContext).toEqual(rows!.spanContext());
    // One that is left early ends, too, and one that throws fails.
    const numbers = function* () {
      for (let i = 0; ; i++) yield i;
    };
    for (const value of tracer.trace('left', numbers)) if (value === 2) break;
    expect(last()).toMatchObject({ name: 'left', status: { code: 0 } });
    const error = new Error('mine');
    expect(() => tracer.trace('thrown into', numbers).throw(error)).toThrow(error);
    expect(last()).toMatchObject({ name: 'thrown into', status: { code: 2, message: 'mine' } });
    expect(() => [
      ...tracer.trace('broken', function* () {
        yield 1;
        throw error;
      }),
    ]).toThrow(error);
    expect(last()).toMatchObject({ name: 'broken', status: { code: 2 } });
    expect(ended()).toHaveLength(6);
  });

  it('follows an async generator', async () => {
    const { tracer, ended, last } = setup();
    const seen: number[] = [];
    const pages = tracer.trace('pages', async function* () {
      for (let i = 0; i < 3; i++) {
        await null;
        tracer.trace('page', () => {});
        yield i;
      }
    });
    for await (const page of pages) seen.push(page);
    expect(seen).toEqual([0, 1, 2]);
    expect(ended().map(({ name }) => name)).toEqual(['page', 'page', 'page', 'pages']);
    for (const page of ended().slice(0, 3)) expect(page.parentSpanContext).toEqual(last().spanContext());
    const broken = tracer.trace('broken', async function* () {
      yield 1;
      throw new Error('mine');
    });
    await broken.next();
    await expect(broken.next()).rejects.toThrow('mine');
    expect(last()).toMatchObject({ name: 'broken', status: { code: 2, message: 'mine' } });
  });

  it('does not wait for an iterator that nobody may use', () => {
    const { tracer, ended } = setup();
    tracer.trace('s', () => new Map([[1, 2]]).values());
    tracer.trace('s', () => null);
    expect(ended()).toHaveLength(2);
  });

  it('hands back what cannot be looked at', () => {
    const { tracer, ended } = setup();
    const broken = () => {
      throw new Error('not yours');
    };
    const hostile = [
      new Proxy({}, { get: broken }),
      Object.defineProperty({}, 'then', { get: broken }),
      Object.defineProperty({}, 'then', { value: broken }),
      Object.defineProperty({}, Symbol.toStringTag, { get: broken }),
    ];
    for (const result of hostile) {
      expect(tracer.trace('s', () => result)).toBe(result);
      const calling = (_span: Span, done: () => void) => {
        done();
        return result;
      };
      expect(tracer.trace('s', calling)).toBe(result);
    }
    expect(ended()).toHaveLength(8);
  });

  it('waits for the callback where the function takes one', async () => {
    const { tracer, ended, last, told } = setup();
    const read = (fail: boolean, callback: (error: Error | null, data?: string) => void) =>
      setImmediate(() => (fail ? callback(new Error('no such file')) : callback(null, 'data')));
    const reading = (fail: boolean) =>
      new Promise((resolve) => {
        tracer.trace('read', (span, done) =>
          read(fail, (error, data) => {
            done(error);
            done(new Error('again'));
            span.isRecording();
            resolve(data);
          }),
        );
        expect(last()?.name === 'read' && !fail).toBe(false);
      });
    expect(await reading(false)).toBe('data');
    expect(last()).toMatchObject({ name: 'read', status: { code: 0 } });
    await reading(true);
    expect(last()).toMatchObject({ name: 'read', status: { code: 2, message: 'no such file' } });
    expect(() =>
      tracer.trace('sync', (_span, _done) => {
        throw new Error('at once');
      }),
    ).toThrow('at once');
    expect(last()).toMatchObject({ name: 'sync', status: { message: 'at once' } });
    await expect(
      tracer.trace('async', async (_span, _done) => Promise.reject(new Error('later'))),
    ).rejects.toThrow();
    expect(last()).toMatchObject({ name: 'async', status: { message: 'later' } });
    expect(ended()).toHaveLength(4);
    expect(told).toEqual([]);
  });

  it('types the result as the function has it', async () => {
    const { tracer } = setup();
    const text: string = tracer.trace('s', () => 'text');
    const promised: Promise<number> = tracer.trace('s', async () => 1);
    // @ts-expect-error a promise is not its value
    const wrong: number = tracer.trace('s', async () => 1);
    expect([text, await promised, await wrong]).toEqual(['text', 1, 1]);
  });
});

function parentOf(span: Span) {
  return (span as unknown as { parentSpanContext: unknown }).parentSpanContext;
}
