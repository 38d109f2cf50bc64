import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  categoryLevels,
  defineLevels,
  type Level,
  LevelVar,
  Logger,
  type LoggerOptions,
  type LogMethod,
  memorySink,
} from '../../src/logs/index.js';

function make(options: LoggerOptions = {}) {
  const sink = memorySink();
  return { sink, logger: new Logger({ sinks: [sink], ...options }) };
}

describe('LevelVar', () => {
  it('is one level for several loggers, and reaches their children', () => {
    const level = new LevelVar('warn');
    const { logger } = make({ level });
    const other = new Logger({ level, sinks: [] });
    const child = logger.child({ a: 1 });
    const own = logger.child({}, { level: 'error' });
    expect([logger.level, other.level, child.level, own.level]).toEqual(['warn', 'warn', 'warn', 'error']);
    level.level = 'debug';
    expect([logger.level, other.level, child.level, own.level]).toEqual(['debug', 'debug', 'debug', 'error']);
    expect(child.isLevelEnabled('debug')).toBe(true);
    logger.level = 'info';
    level.level = 'silent';
    expect([logger.level, child.level, other.level]).toEqual(['info', 'info', 'silent']);
    expect(level.level).toBe('silent');
  });

  it('may belong to a child alone', () => {
    const level = new LevelVar();
    const { logger, sink } = make();
    const child = logger.child({}, { level });
    level.level = 'trace';
    child.trace('seen');
    logger.trace('unseen');
    expect(sink.records.map(({ msg }) => msg)).toEqual(['seen']);
  });

  it('refuses levels that do not exist', () => {
    expect(() => new LevelVar('loud' as Level)).toThrow(
      'LevelVar: level is "loud"; accepted: "trace", "debug"',
    );
    expect(() => {
      new LevelVar().level = 'toString' as Level;
    }).toThrow(/LevelVar: level is "toString"/);
  });
});

describe('levels by category', () => {
  it('follow the longest rule that fits the name', () => {
    const categories = categoryLevels({ '*': 'error', 'http.*': 'warn', 'http.client': 'debug' });
    const { logger } = make({ categories, level: 'info' });
    const named = (name: string) => logger.child({}, { name });
    expect(logger.level).toBe('info');
    expect(
      ['http', 'http.server', 'http.client', 'http.client.pool', 'httpd', 'db'].map((n) => named(n).level),
    ).toEqual(['warn', 'warn', 'debug', 'debug', 'error', 'error']);
    expect(named('http').child({ a: 1 }).level).toBe('warn');
  });

  it('can be changed and taken away while running', () => {
    const categories = categoryLevels({ http: 'warn' });
    const { logger, sink } = make({ categories });
    const http = logger.child({}, { name: 'http' });
    http.info('unseen');
    categories.set('http.*', 'trace');
    http.trace('seen');
    categories.set('http', undefined);
    expect(http.level).toBe('info');
    expect(categories.rules).toEqual({});
    http.level = 'error';
    categories.set('http', 'trace');
    expect(http.level).toBe('error');
    expect(sink.records).toMatchObject([{ msg: 'seen', name: 'http' }]);
  });

  it('refuse wrong rules', () => {
    expect(() => categoryLevels({ 'a*b': 'info' })).toThrow('categoryLevels: category is "a*b"; accepted:');
    expect(() => categoryLevels({ a: 'loud' as Level })).toThrow('categoryLevels: level is "loud"');
    expect(() => categoryLevels(null as never)).toThrow('categoryLevels: rules is null');
  });
});

describe('custom levels', () => {
  const AppLogger = defineLevels({ notice: 35, audit: 55 });

  it('are methods, thresholds and names in the lines', () => {
    const sink = memorySink();
    const logger = new AppLogger({ sinks: [sink], level: 'notice' });
    logger.info('unseen');
    logger.notice('one', { a: 1 });
    logger.child({ b: 1 }, { level: 'audit' }).audit({ c: 1 }, 'two');
    logger.log('notice', 'three');
    logger.log('loud' as Level, 'unseen');
    expect(sink.records).toMatchObject([
      { level: 'notice', msg: 'one', a: 1 },
      { level: 'audit', msg: 'two', b: 1, c: 1 },
      { level: 'notice', msg: 'three' },
    ]);
    expect(logger.level).toBe('notice');
    logger.level = 'audit';
    expect([logger.isLevelEnabled('error'), logger.isLevelEnabled('audit')]).toEqual([false, true]);
    expect(Object.keys(AppLogger.levels)).toEqual([
      'trace',
      'debug',
      'info',
      'notice',
      'warn',
      'error',
      'audit',
      'fatal',
    ]);
  });

  it('have numbers and severities', () => {
    const lines: string[] = [];
    const severities: unknown[] = [];
    const logger = new AppLogger({
      levels: 'number',
      sinks: [
        (line) => void lines.push(line),
        { accept: ({ level, value }) => void severities.push([level, value]) },
      ],
    });
    logger.notice('m');
    expect(lines[0]).toContain('"level":35');
    expect(severities).toEqual([['notice', 35]]);
  });

  it('may share a LevelVar', () => {
    const level = new LevelVar('audit', AppLogger.levels);
    const logger = new AppLogger({ level, sinks: [] });
    expect(logger.isLevelEnabled('error')).toBe(false);
    level.level = 'notice';
    expect(logger.isLevelEnabled('notice')).toBe(true);
  });

  it('are refused where they cannot be told apart', () => {
    const wrong = (levels: object) => () => defineLevels(levels as never);
    expect(wrong({ child: 35 })).toThrow('defineLevels: name is "child"');
    expect(wrong({ silent: 35 })).toThrow('defineLevels: name is "silent"');
    expect(wrong({ audit: 30 })).toThrow('defineLevels: audit is 30; accepted: a whole number from 1 to 99');
    expect(wrong({ a: 35, b: 35 })).toThrow('defineLevels: b is 35');
    expect(wrong({ a: 0.5 })).toThrow('defineLevels: a is 0.5');
  });

  it('are known to the compiler', () => {
    const logger = new AppLogger({ level: 'audit', sinks: [] });
    expectTypeOf(logger.audit).toEqualTypeOf<LogMethod>();
    expectTypeOf(logger.child({})).toEqualTypeOf<typeof logger>();
    expectTypeOf(logger.level).toEqualTypeOf<Level | 'silent' | 'notice' | 'audit'>();
    expectTypeOf(logger.child({}).audit).toEqualTypeOf<LogMethod>();
    const plain = new Logger({ sinks: [] });
    expectTypeOf(plain.level).toEqualTypeOf<Level | 'silent'>();
    const anyLogger: Logger<string> = logger;
    expect(anyLogger).toBe(logger);
    // @ts-expect-error no such level
    expect(() => new AppLogger({ level: 'loud' })).toThrow();
    // @ts-expect-error a level of another class
    plain.log('audit', 'm');
    expect(() => {
      // @ts-expect-error a level of another class
      plain.level = 'audit';
    }).toThrow();
    // @ts-expect-error the name of a method
    expect(() => defineLevels({ child: 35 })).toThrow();
  });
});

describe('a logger that is asked by name', () => {
  it('logs at that level', () => {
    const { logger, sink } = make();
    const at: Level[] = ['debug', 'info', 'error'];
    for (const level of at) logger.log(level, 'm', { level });
    expect(sink.records.map((record) => record.level)).toEqual(['info', 'error']);
  });
});

describe('onFatal', () => {
  it('is called when the line is written', () => {
    const calls: unknown[] = [];
    const sink = memorySink();
    const logger = new Logger({
      sinks: [
        { ...sink, write: (line) => sink.write(line, 'fatal'), flushSync: () => void calls.push('flush') },
      ],
      onFatal: () => void calls.push(sink.lines.length),
    });
    logger.error('not yet');
    expect(calls).toEqual([]);
    logger.fatal('over');
    expect(calls).toEqual(['flush', 2]);
    expect(() => new Logger({ onFatal: 1 as never })).toThrow('Logger: onFatal is 1; accepted: a function');
  });
});
