import { propagation } from '@opentelemetry/api';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { rootContext } from '../../../src/common/context.js';
import { AsyncLocalContextManager } from '../../../src/common/context-manager.js';
import {
  baggageFields,
  callerOf,
  defineLevels,
  Logger,
  type LoggerOptions,
  memorySink,
  serializers,
} from '../../../src/logs/index.js';

function make(options: LoggerOptions) {
  const sink = memorySink();
  return { sink, logger: new Logger({ sinks: [sink], ...options }) };
}

describe('serializers', () => {
  it('say how values under their keys are written, wherever they are bound', () => {
    const { logger, sink } = make({
      serializers: serializers({
        user: (user: { id: number }) => user.id,
        gone: () => undefined,
        err: (error: Error) => error.message,
      }),
    });
    const user = { id: 7, password: 'p' };
    logger.info('m', { user, gone: 1, other: { user } });
    logger.child({ user }).error(new Error('short'));
    expect(sink.records[0]).toMatchObject({ user: 7, other: { user } });
    expect(sink.records[0]).not.toHaveProperty('gone');
    expect(sink.records[1]).toMatchObject({ user: 7, err: 'short', msg: 'short' });
    expect(user).toEqual({ id: 7, password: 'p' });
  });

  it('of a child come after those of its parent', () => {
    const { logger, sink } = make({ serializers: serializers({ a: (n: number) => n + 1 }) });
    logger.child({}, { serializers: serializers({ a: (n: number) => n * 10 }) }).info('m', { a: 1 });
    expect(sink.records[0]).toMatchObject({ a: 20 });
  });

  it('may throw, and are checked', () => {
    const { logger, sink } = make({
      serializers: serializers({
        a: () => {
          throw new Error('no');
        },
      }),
    });
    logger.info('m', { a: 1, b: 2 });
    expect(sink.records[0]).toMatchObject({ a: '[Throws: no]', b: 2 });
    // @ts-expect-error not a function
    expect(() => serializers({ a: 1 })).toThrow('serializers: a is 1; accepted: a function');
  });
});

describe('baggageFields', () => {
  it('takes the named entries of the current baggage', () => {
    const contextManager = new AsyncLocalContextManager();
    const { logger, sink } = make({ contextManager, baggage: baggageFields(['tenant', 'missing']) });
    const baggage = propagation.createBaggage({ tenant: { value: 'acme' }, secret: { value: 's' } });
    contextManager.with(propagation.setBaggage(rootContext, baggage), () => {
      logger.info('one', { a: 1 });
      logger.info('two', { tenant: 'own' });
      logger.info('three', {
        get bad() {
          throw new Error('no');
        },
      });
    });
    logger.info('four');
    expect(sink.records).toMatchObject([
      { msg: 'one', tenant: 'acme', a: 1 },
      { msg: 'two', tenant: 'own' },
      { msg: 'three', tenant: 'acme', bad: '[Throws: no]' },
      { msg: 'four' },
    ]);
    expect(sink.lines.join()).not.toContain('secret');
    expect(sink.records[3]).not.toHaveProperty('tenant');
    expect(() => baggageFields([''])).toThrow('baggageFields: names[0] is ""');
  });
});

describe('callerOf', () => {
  const here = /stages\.test\.ts:\d+$/;

  it('says where errors were logged, and the way there for fatal lines', () => {
    const { logger, sink } = make({ caller: callerOf() });
    logger.warn('no');
    logger.error('yes');
    function outer(): void {
      logger.child({ a: 1 }).fatal({ b: 2 }, 'over');
    }
    outer();
    logger.log('error', 'by name');
    const [warn, error, fatal, byName] = sink.records;
    expect(warn).not.toHaveProperty('caller');
    expect(error!.caller).toMatch(here);
    expect(error).not.toHaveProperty('stack');
    expect(fatal!.caller).toMatch(here);
    expect((fatal!.stack as string).split('\n')[0]).toMatch(/^ +at outer \(.*stages\.test\.ts:\d+:\d+\)$/);
    expect(byName!.caller).toMatch(here);
    const line = (caller: unknown): number => Number(String(caller).split(':').at(-1));
    expect(line(fatal!.caller)).toBeGreaterThan(line(error!.caller));
  });

  it('is configured by level, passes over wrappers, and knows custom levels', () => {
    const AppLogger = defineLevels({ audit: 55 });
    const sink = memorySink();
    const logger = new AppLogger({
      sinks: [sink],
      caller: callerOf({ level: 'audit', stackLevel: 'silent', logger: AppLogger }),
    });
    logger.error('no');
    logger.audit('yes');
    logger.fatal('yes');
    expect(sink.records[0]).not.toHaveProperty('caller');
    expect(sink.records[1]!.caller).toMatch(here);
    expect(sink.records[2]!.caller).toMatch(here);
    expect(sink.records[2]).not.toHaveProperty('stack');

    const wrapped = make({ caller: callerOf({ level: 'info', skip: 1 }) });
    const log = (text: string): void => wrapped.logger.info(text);
    log('one');
    const direct = make({ caller: callerOf({ level: 'info' }) });
    const logDirect = (text: string): void => direct.logger.info(text);
    logDirect('one');
    expect(wrapped.sink.records[0]!.caller).toMatch(here);
    expect(wrapped.sink.records[0]!.caller).not.toBe(direct.sink.records[0]!.caller);
  });

  it('leaves the limit of stacks alone, and checks its options', () => {
    const limit = Error.stackTraceLimit;
    make({ caller: callerOf() }).logger.error('m');
    expect(Error.stackTraceLimit).toBe(limit);
    // @ts-expect-error no such level
    expect(() => callerOf({ level: 'loud' })).toThrow('callerOf: level is "loud"');
    expect(() => callerOf({ frames: 0 })).toThrow('callerOf: frames is 0');
    expect(() => callerOf({ logger: {} as never })).toThrow('callerOf: logger is {}');
    expectTypeOf(callerOf).toBeCallableWith({ logger: defineLevels({ audit: 55 }), level: 'audit' });
  });
});
