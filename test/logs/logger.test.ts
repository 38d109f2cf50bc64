import { context, trace } from '@opentelemetry/api';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { rootContext } from '../../src/common/context.js';
import { AsyncLocalContextManager } from '../../src/common/context-manager.js';
import { Diagnostics } from '../../src/common/diagnostics.js';
import { TelltaleError } from '../../src/common/errors.js';
import { withSpan } from '../../src/common/with-span.js';
import { type Level, Logger, type LoggerOptions, memorySink } from '../../src/logs/index.js';
import { FakeClock } from '../../src/testing/fake-clock.js';

const NOW = Date.UTC(2026, 10, 21, 20, 30, 0, 123);

function make(options: LoggerOptions = {}) {
  const sink = memorySink();
  const clock = new FakeClock({ now: NOW });
  const logger = new Logger({ sinks: [sink], clock, ...options });
  return { sink, clock, logger };
}

describe('a line', () => {
  it('is one object of JSON: time, level, msg, fields', () => {
    const { logger, sink } = make();
    logger.info('order placed', { orderId: 'o-1', total: 12.5, express: true, coupon: null });
    expect(sink.lines).toEqual([
      '{"time":"2026-11-21T20:30:00.123Z","level":"info","msg":"order placed",' +
        '"orderId":"o-1","total":12.5,"express":true,"coupon":null}',
    ]);
  });

  it('follows the clock, forward and back', async () => {
    const { logger, sink, clock } = make();
    logger.info('a');
    clock.set(NOW + 1);
    logger.info('b');
    clock.set(NOW - 61_000);
    logger.info('c');
    clock.set(NOW + 10 * 366 * 86_400_000);
    logger.info('d');
    expect(sink.records.map((record) => record.time)).toEqual(
      [NOW, NOW + 1, NOW - 61_000, NOW + 10 * 366 * 86_400_000].map((ms) => new Date(ms).toISOString()),
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 253_402_300_800_000, 1.7e12 + 0.25])(
    'is valid when the clock says %d',
    (now) => {
      const { logger, sink, clock } = make();
      clock.set(now);
      logger.info('a');
      expect(Date.parse(sink.records[0]!.time as string)).toBe(Number.isFinite(now) ? Math.floor(now) : 0);
    },
  );

  it('takes fields first, as pino does', () => {
    const { logger, sink } = make();
    logger.info({ orderId: 7 }, 'order placed');
    logger.info({ orderId: 8 });
    expect(sink.records).toMatchObject([
      { msg: 'order placed', orderId: 7 },
      { msg: '', orderId: 8 },
    ]);
  });

  it('speaks as pino does, when asked', () => {
    const { logger, sink } = make({ time: 'epoch', levels: 'number' });
    logger.warn('careful');
    logger.fatal('over');
    expect(sink.lines).toEqual([
      `{"time":${NOW},"level":40,"msg":"careful"}`,
      `{"time":${NOW},"level":60,"msg":"over"}`,
    ]);
  });

  it('takes `msg` among the fields for the message, where there is no other', () => {
    const { logger, sink } = make();
    const fields = { msg: 'order placed', orderId: 7 };
    logger.info(fields);
    logger.error({ err: new Error('down'), msg: 'payment failed' });
    logger.info({ msg: 7 });
    logger.info({ msg: 'kept' }, '');
    expect(sink.records).toMatchObject([
      { msg: 'order placed', orderId: 7 },
      { msg: 'payment failed', err: { message: 'down' } },
      { msg: '', msg_: 7 },
      { msg: '', msg_: 'kept' },
    ]);
    expect(sink.records[0]).not.toHaveProperty('msg_');
    expect(fields).toEqual({ msg: 'order placed', orderId: 7 });
  });

  it('moves fields that are named like the keys of the line', () => {
    const { logger, sink } = make({ fields: { msg: 'bound' } });
    logger.info('m', { time: 1, level: 2, level_: 3, msg: 4, msg_: 5, '...': 6 });
    expect(sink.records[0]).toMatchObject({
      level: 'info',
      msg: 'm',
      time_: 1,
      level_: 2,
      level__: 3,
      msg_: 4,
      msg__: 5,
      '..._': 6,
    });
  });

  it('carries the name and the base fields', () => {
    const { logger, sink } = make({ name: 'billing', fields: { region: 'eu' } });
    logger.info('m', { region: 'us' });
    logger.info('m');
    expect(sink.records).toMatchObject([
      { name: 'billing', region: 'us' },
      { name: 'billing', region: 'eu' },
    ]);
  });

  it('leaves out undefined and inherited fields', () => {
    const { logger, sink } = make();
    class Order {
      id = 1;
      none = undefined;
    }
    Object.assign(Order.prototype, { inherited: true });
    logger.info('m', new Order());
    expect(Object.keys(sink.records[0]!)).toEqual(['time', 'level', 'msg', 'id']);
  });
});

describe('errors', () => {
  const cause = new TypeError('no funds');
  const error = Object.assign(new Error('payment failed', { cause }), { code: 'E_PAY', type: 'card' });

  it('may come first, with and without a message', () => {
    const { logger, sink } = make();
    logger.error(error, 'checkout failed');
    logger.error(error);
    expect(sink.records).toMatchObject([
      {
        level: 'error',
        msg: 'checkout failed',
        err: {
          type: 'Error',
          type_: 'card',
          message: 'payment failed',
          code: 'E_PAY',
          cause: { type: 'TypeError', message: 'no funds' },
        },
      },
      { msg: 'payment failed', err: { type: 'Error' } },
    ]);
    expect((sink.records[0]!.err as { stack: string }).stack).toBe(error.stack);
  });

  it('may come second, or under any key', () => {
    const { logger, sink } = make();
    logger.warn('retrying', error);
    logger.info('m', { reason: cause });
    logger.info({ err: error });
    expect(sink.records).toMatchObject([
      { msg: 'retrying', err: { message: 'payment failed' } },
      { msg: 'm', reason: { type: 'TypeError', message: 'no funds' } },
      { msg: 'payment failed', err: { message: 'payment failed' } },
    ]);
  });

  it('may hold themselves, in cause and in errors', () => {
    const { logger, sink } = make();
    const selfish = new AggregateError([new Error('one')], 'many');
    selfish.cause = selfish;
    selfish.errors.push(selfish);
    logger.error(selfish);
    expect(sink.records[0]).toMatchObject({
      err: { type: 'AggregateError', errors: [{ message: 'one' }, '[Circular]'], cause: '[Circular]' },
    });
  });

  it('say what cannot be a field under value', () => {
    const { logger, sink } = make();
    for (const value of [
      new DataView(new ArrayBuffer(2)),
      new Date(0),
      new Set([1]),
      /a/g,
      Promise.resolve(),
    ]) {
      logger.info('m', { deep: [value] });
    }
    logger.info('m', new Date(0));
    expect(sink.records.map(({ deep, value }) => deep ?? value)).toEqual([
      ['[DataView: 2 bytes 0000]'],
      ['1970-01-01T00:00:00.000Z'],
      [[1]],
      ['/a/g'],
      ['[Promise]'],
      '1970-01-01T00:00:00.000Z',
    ]);
  });

  it('may be anything that was thrown', () => {
    const { logger, sink } = make();
    for (const thrown of ['text', 42, null, undefined, Symbol('s'), [1], new Map([['a', 1]])] as unknown[]) {
      logger.error(thrown, 'failed');
    }
    logger.error(42);
    expect(sink.records.map(({ msg, value }) => [msg, value])).toEqual([
      ['text', 'failed'],
      ['failed', 42],
      ['failed', undefined],
      ['failed', undefined],
      ['failed', 'Symbol(s)'],
      ['failed', [1]],
      ['failed', { a: 1 }],
      ['42', undefined],
    ]);
  });
});

describe('levels', () => {
  const all: Level[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

  it('let through themselves and what is graver', () => {
    for (const [index, level] of all.entries()) {
      const { logger, sink } = make({ level });
      for (const name of all) logger[name](name);
      expect(sink.records.map((record) => record.level)).toEqual(all.slice(index));
      expect(all.map((name) => logger.isLevelEnabled(name))).toEqual(all.map((_, i) => i >= index));
    }
    const { logger, sink } = make({ level: 'silent' });
    for (const name of all) logger[name](name);
    expect(sink.lines).toEqual([]);
  });

  it('changed at run time reach children that have none of their own, whatever their age', () => {
    const { logger } = make();
    const child = logger.child({ a: 1 });
    const grandchild = child.child({ b: 1 });
    const own = logger.child({ c: 1 }, { level: 'error' });
    const below = own.child({ d: 1 });
    logger.level = 'debug';
    expect([child.level, grandchild.level, own.level, below.level]).toEqual([
      'debug',
      'debug',
      'error',
      'error',
    ]);
    child.level = 'warn';
    expect([logger.level, child.level, grandchild.level, grandchild.child({}).level]).toEqual([
      'debug',
      'warn',
      'warn',
      'warn',
    ]);
    logger.level = 'silent';
    expect([grandchild.level, logger.level, below.level]).toEqual(['warn', 'silent', 'error']);
  });

  it('that do not exist are told of at once', () => {
    const { logger } = make();
    expect(() => make({ level: 'loud' as Level })).toThrow(
      'Logger: level is "loud"; accepted: "trace", "debug", "info", "warn", "error", "fatal", "silent"',
    );
    expect(() => {
      logger.level = 'loud' as Level;
    }).toThrow(TelltaleError);
    expect(() => logger.child({}, { level: 'loud' as Level })).toThrow(TelltaleError);
    expect(logger.isLevelEnabled('loud' as Level)).toBe(false);
    expect(logger.level).toBe('info');
  });
});

describe('children', () => {
  it('carry the fields of all their parents; the nearest hides the others', () => {
    const { logger, sink } = make({ fields: { service: 'shop', a: 0 } });
    const child = logger.child({ a: 1, b: 1 }).child({ b: 2, level: 'x' });
    child.info('m');
    child.info('m', { b: 3, a: 3 });
    expect(sink.lines.map((line) => line.slice(line.indexOf('"msg"')))).toEqual([
      '"msg":"m","b":2,"level_":"x","a":1,"service":"shop"}',
      '"msg":"m","b":3,"a":3,"level_":"x","service":"shop"}',
    ]);
  });

  it('do not see later changes of what they were given', () => {
    const { logger, sink } = make();
    const user = { id: 1 };
    const child = logger.child({ user });
    user.id = 2;
    child.info('m');
    expect(sink.records[0]!.user).toEqual({ id: 1 });
  });

  it('may have many bindings', () => {
    const { logger, sink } = make();
    const fields = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`key${i}`, i]));
    logger.child(fields).info('m', { key99: 'line', key0: 'line' });
    expect(sink.records[0]).toEqual({
      ...fields,
      time: '2026-11-21T20:30:00.123Z',
      level: 'info',
      msg: 'm',
      key0: 'line',
      key99: 'line',
    });
  });
});

describe('the current span', () => {
  const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
  const span = trace.wrapSpanContext(ids);

  it('gives its ids to the line, after the message', () => {
    const contextManager = new AsyncLocalContextManager();
    const { logger, sink } = make({ contextManager });
    contextManager.with(withSpan(rootContext, span), () => logger.info('in', { a: 1 }));
    contextManager.with(trace.setSpan(context.active(), span), () => logger.info('in', { a: 2 }));
    logger.info('out');
    const ending = '"trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331"';
    expect(sink.lines[0]).toContain(`"msg":"in",${ending},"trace_flags":"01","a":1}`);
    expect(sink.lines[1]).toContain(`"msg":"in",${ending},"trace_flags":"01","a":2}`);
    expect(sink.records[2]).not.toHaveProperty('trace_id');
  });

  it('is found in the context manager of the process by default', async () => {
    const { processContextManager } = await import('../../src/common/context-manager.js');
    const { logger, sink } = make();
    processContextManager().with(withSpan(rootContext, span), () => logger.info('in'));
    expect(sink.records[0]).toMatchObject({ trace_id: ids.traceId, span_id: ids.spanId });
  });

  it('is not named when it is invalid', () => {
    const contextManager = new AsyncLocalContextManager();
    const { logger, sink } = make({ contextManager });
    const invalid = trace.wrapSpanContext({ ...ids, traceId: '0'.repeat(32) });
    contextManager.with(withSpan(rootContext, invalid), () => logger.info('in'));
    expect(sink.records[0]).not.toHaveProperty('trace_id');
  });

  it('moves fields of the same names, and only then', () => {
    const contextManager = new AsyncLocalContextManager();
    const { logger, sink } = make({ contextManager });
    const child = logger.child({ trace_id: 'bound' });
    contextManager.with(withSpan(rootContext, span), () => {
      logger.info('in', { trace_id: 'mine', span_id: 'mine' });
      child.info('in');
    });
    child.info('out', { span_id: 'mine' });
    expect(sink.records).toMatchObject([
      { trace_id: ids.traceId, trace_id_: 'mine', span_id_: 'mine' },
      { trace_id: ids.traceId, trace_id_: 'bound' },
      { trace_id: 'bound', span_id: 'mine' },
    ]);
  });
});

describe('a logger in trouble', () => {
  it('survives sinks that throw, and still serves the others', async () => {
    const told: string[] = [];
    const diagnostics = new Diagnostics({ handler: ({ code }) => told.push(code) });
    const sink = memorySink();
    const bad = () => {
      throw new Error('bad sink');
    };
    const { logger } = make({ sinks: [bad, sink, { write: bad, flush: bad, flushSync: bad }], diagnostics });
    logger.info('one');
    logger.fatal('two');
    await logger.flush();
    await logger.shutdown();
    expect(sink.records.map(({ msg }) => msg)).toEqual(['one', 'two']);
    expect(told).toEqual(['sink_failed']);
  });

  it('survives a sink that logs', () => {
    const { logger, sink } = make();
    const again = new Logger({ sinks: [sink, () => again.info('again')] });
    again.info('once');
    logger.info('end');
    expect(sink.records.map(({ msg }) => msg)).toEqual(['once', 'end']);
  });

  it('survives a clock and a context manager that throw', () => {
    const told: string[] = [];
    const diagnostics = new Diagnostics({ handler: ({ code }) => told.push(code) });
    const broken = () => {
      throw new Error('no time');
    };
    const clock = new FakeClock();
    const { logger, sink } = make({ clock: Object.assign(clock, { now: broken }), diagnostics });
    logger.info('lost');
    expect(told).toEqual(['log_failed']);
    Object.assign(clock, { now: () => NOW });
    logger.info('back');
    expect(sink.records.map(({ msg }) => msg)).toEqual(['back']);
  });

  it('keeps lines whole when a getter logs', () => {
    const { logger, sink } = make();
    logger.info('outer', {
      get a() {
        logger.info('inner', { deep: true });
        return 1;
      },
      b: { toJSON: () => logger.warn('in toJSON') },
    });
    expect(sink.records.map(({ msg }) => msg).sort()).toEqual(['in toJSON', 'inner', 'outer']);
    expect(sink.records.find(({ msg }) => msg === 'outer')).toMatchObject({ a: 1, b: null });
  });

  it.each([[null], [undefined], [7], ['text']])(
    'makes a child of %s that has no fields, and tells of it',
    (fields) => {
      const told: string[] = [];
      const diagnostics = new Diagnostics({
        handler: ({ message, error }) => told.push(`${message}: ${error}`),
      });
      const { logger, sink } = make({ diagnostics, fields: { a: 1 } });
      logger.child(fields as never, { name: 'own' }).info('one');
      expect(sink.records).toMatchObject([{ msg: 'one', a: 1 }]);
      expect(Object.keys(sink.records[0]!)).not.toContain('0');
      expect(told).toEqual([
        expect.stringMatching(
          /^a child logger has no fields: .*Logger.child: fields is .*; accepted: an object$/,
        ),
      ]);
    },
  );

  it('says which option is wrong', () => {
    // @ts-expect-error no such option
    expect(() => new Logger({ levle: 'info' })).toThrow(/"levle"; accepted: level/);
    // @ts-expect-error not a sink
    expect(() => new Logger({ sinks: [{}] })).toThrow(/sinks\[0\] is .* accepted: a function, or an object/);
    // @ts-expect-error no such time
    expect(() => new Logger({ time: 'local' })).toThrow('Logger: time is "local"; accepted: "iso", "epoch"');
    // @ts-expect-error not an object
    expect(() => new Logger({ fields: 'x' })).toThrow('Logger: fields is "x"');
  });
});

describe('types', () => {
  it('know both orders and nothing else', () => {
    const { logger } = make({ level: 'silent' });
    logger.info('m', { a: 1 });
    logger.info({ a: 1 }, 'm');
    logger.error(new Error('x'), 'm');
    const caught: unknown = 1;
    logger.error(caught, 'm');
    logger.error(caught);
    // @ts-expect-error printf arguments would be lost
    logger.info('%s', 'a');
    // @ts-expect-error a third argument would be lost
    logger.info('a', { b: 1 }, { c: 1 });
    // @ts-expect-error likewise
    logger.error(new Error('a'), 'b', { c: 1 });
    // @ts-expect-error a number is no message
    logger.info(42);
    // @ts-expect-error no such level
    expect(() => logger.child({}, { level: 'loud' })).toThrow(TelltaleError);
    expectTypeOf(logger.child({ a: 1 })).toEqualTypeOf<Logger>();
    expectTypeOf(logger.flush()).toEqualTypeOf<Promise<void>>();
  });
});
