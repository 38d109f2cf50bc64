import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino as realPino } from 'pino';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  destination,
  multistream,
  type PinoLogger,
  type PinoOptions,
  pino,
  pinoLogger,
  stdSerializers,
  stdTimeFunctions,
} from '../../../src/compat/pino/index.js';
import { defineEvent } from '../../../src/logs/events/index.js';
import { Logger, memorySink } from '../../../src/logs/index.js';

type Line = Record<string, unknown>;

/** A logger of ours and one of pino's with the same options, and the lines of each. */
function both(options: Record<string, unknown> = {}) {
  const sides = [pino, realPino].map((create) => {
    const lines: Line[] = [];
    const stream = { write: (line: string) => void lines.push(JSON.parse(line) as Line) };
    return { logger: (create as typeof pino)(options as PinoOptions, stream), lines };
  });
  const [ours, theirs] = sides as [(typeof sides)[0], (typeof sides)[0]];
  return { ours, theirs };
}

/** Does the same with both, and expects the same lines: but for the time, and stacks, whose frames differ. */
function same(options: Record<string, unknown>, act: (logger: PinoLogger) => void): Line[] {
  const { ours, theirs } = both(options);
  act(ours.logger);
  act(theirs.logger);
  const comparable = (lines: Line[]) =>
    lines.map((line) => {
      expect(Math.abs(Date.now() - new Date(line.time as string).getTime())).toBeLessThan(10_000);
      return JSON.parse(
        JSON.stringify({ ...line, time: 0 }, (key, value: unknown) => (key === 'stack' ? 'stack' : value)),
      ) as Line;
    });
  expect(comparable(ours.lines)).toEqual(comparable(theirs.lines));
  return comparable(ours.lines);
}

describe('pino, side by side with pino itself', () => {
  it('logs messages, objects, and both, at all levels', () => {
    const lines = same({ level: 'trace' }, (logger) => {
      logger.trace('a');
      logger.debug({ orderId: 7 }, 'b');
      logger.info({ nested: { deep: [1, null, 'x'] } }, 'c');
      logger.warn('d');
      logger.error('e');
      logger.fatal('f');
      logger.silent('g');
    });
    expect(lines.map(({ level }) => level)).toEqual([10, 20, 30, 40, 50, 60]);
    expect(lines[0]).toMatchObject({ pid: process.pid, hostname: expect.any(String) });
  });

  it('puts values into messages', () => {
    same({}, (logger) => {
      logger.info('%s has %d items, %i whole, %f, %j %% %o', 'cart', 3.5, 3.7, 1.25, { a: 1 }, [1]);
      logger.info({ a: 1 }, 'took %d ms', 12);
      logger.info('100%');
      logger.info('%s');
    });
  });

  it('keeps values that no placeholder asks for', () => {
    const { ours } = both();
    ours.logger.info('a', 'b', { c: 1 });
    expect(ours.lines[0]!.msg).toBe('a b {"c":1}');
  });

  it('takes errors as the only argument, before a message, and as a field', () => {
    same({}, (logger) => {
      logger.error(new TypeError('broken'));
      logger.error(new TypeError('broken'), 'it failed');
      logger.error({ err: new RangeError('inner'), id: 1 });
      logger.error({ err: new RangeError('inner') }, 'said so');
      logger.info(null, 'nothing');
      logger.info(undefined, 'nothing either');
    });
  });

  it('binds fields to children, with serializers, prefixes and levels of their own', () => {
    same({ serializers: { user: (user: { id: number }) => user.id } }, (logger) => {
      const child = logger.child({ requestId: 'r', user: { id: 7, secret: 'x' } });
      child.info({ user: { id: 8 } }, 'a');
      const grandchild = child.child(
        { part: 'db' },
        {
          level: 'debug',
          msgPrefix: '[db] ',
          serializers: { sql: (sql: string) => sql.toUpperCase() },
        },
      );
      grandchild.debug({ sql: 'select', user: { id: 9 } }, 'b');
      child.debug('not this');
      logger.level = 'debug';
      child.debug('but this');
    });
  });

  it('redacts by path, and changes nothing that it is given', () => {
    const given = {
      user: { password: 'p', name: 'n' },
      cards: [{ number: 1 }, { number: 2 }],
      'a-b': { c: 1 },
    };
    const before = JSON.stringify(given);
    const redact = ['user.password', 'cards[*].number', '["a-b"].c', '*.secret'];
    same({ redact }, (logger) => {
      logger.info(given, 'a');
      logger.info({ x: { secret: 1 }, secret: 2 }, 'b');
      logger.child({ user: { password: 'bound' } }).info('c');
    });
    same({ redact: { paths: ['user.password'], censor: '***' } }, (logger) => logger.info(given, 'x'));
    same({ redact: { paths: ['user.password'], remove: true } }, (logger) => logger.info(given, 'x'));
    same(
      { redact: { paths: ['user.password'], censor: (v: string, path: string[]) => v + path.join() } },
      (logger) => logger.info(given, 'x'),
    );
    expect(JSON.stringify(given)).toBe(before);
    expect(() => pino({ redact: ['a..b'] })).toThrow(/paths\[0\] is "a..b"/);
  });

  it('mixes in, formats and hooks', () => {
    same(
      {
        mixin: (_: object, level: number) => ({ mixed: level, a: 'mixin' }),
        formatters: {
          level: (label: string, number: number) => ({ level: number, severity: label }),
          bindings: (bindings: Line) => ({ ...bindings, bound: true }),
          log: (object: Line) => ({ ...object, formatted: true }),
        },
        hooks: {
          logMethod(this: PinoLogger, args: unknown[], method: (...args: unknown[]) => void) {
            method.apply(this, [...args.slice(0, -1), `${args.at(-1)}!`]);
          },
        },
      },
      (logger) => {
        logger.info({ a: 'own' }, 'x');
        logger.child({ c: 1 }).warn('y');
      },
    );
  });

  it('renames, nests and times as it is told', () => {
    same({ messageKey: 'message', errorKey: 'error', base: null }, (logger) => {
      logger.info({ a: 1 }, 'x');
      logger.error(new Error('no'));
    });
    same({ nestedKey: 'payload', name: 'shop' }, (logger) => logger.info({ a: 1, level: 'mine' }, 'x'));
    same({ timestamp: stdTimeFunctions.isoTime, base: { app: 'shop' } }, (logger) => logger.info('x'));
  });

  it('has custom levels', () => {
    const { ours, theirs } = both({ customLevels: { notice: 35 }, level: 'notice' });
    for (const { logger } of [ours, theirs]) {
      const custom = logger as unknown as PinoLogger<'notice'>;
      custom.info('no');
      custom.notice({ a: 1 }, 'yes %s', 'indeed');
      custom.child({ c: 1 }).notice('child');
    }
    const shown = (lines: Line[]) => lines.map(({ level, msg, a, c }) => [level, msg, a, c]);
    expect(shown(ours.lines)).toEqual(shown(theirs.lines));
    expect(ours.logger.levels.values).toEqual(theirs.logger.levels.values);
    expect(ours.logger.levels.labels).toEqual(theirs.logger.levels.labels);
  });

  it('answers as pino does when it is asked', () => {
    const { ours, theirs } = both({ level: 'warn', msgPrefix: '> ' });
    for (const { logger } of [ours, theirs]) {
      const changes: unknown[] = [];
      logger.on('level-change', (label, value, previous, previousValue) =>
        changes.push(label, value, previous, previousValue),
      );
      expect([logger.level, logger.levelVal, logger.msgPrefix]).toEqual(['warn', 40, '> ']);
      expect(logger.isLevelEnabled('info')).toBe(false);
      logger.level = 'debug';
      expect(changes).toEqual(['debug', 20, 'warn', 40]);
      expect(logger.isLevelEnabled('debug')).toBe(true);
      const child = logger.child({ a: 1 });
      child.setBindings({ b: 2 });
      expect(child.bindings()).toEqual({ a: 1, b: 2 });
      child.info('bound');
      expect(() => logger.child(undefined as never)).toThrow(/missing bindings/);
      expect(() => {
        logger.level = 'loud';
      }).toThrow();
    }
    expect(ours.lines.at(-1)).toMatchObject({ a: 1, b: 2, msg: '> bound' });
  });
});

describe('pino of telltale', () => {
  it('never throws, and writes valid lines without a key that stands twice', () => {
    const lines = memorySink();
    const logger = pino(
      {
        serializers: {
          bad: () => {
            throw new Error('serializer');
          },
        },
        mixin: () => ({ m: 1 }),
      },
      lines,
    );
    const cycle: Line = {};
    cycle.self = cycle;
    logger.info({ cycle, big: 10n, bad: 1, level: 'x', time: 'y', pid: 2 }, 'x');
    logger.info(
      new Proxy(
        {},
        {
          ownKeys() {
            throw new Error('no');
          },
          get() {
            throw new Error('no');
          },
        },
      ),
      'p',
    );
    logger.info(
      {
        get a() {
          throw new Error('getter');
        },
      },
      '%s',
      Symbol('s'),
    );
    expect(lines.records[0]).toMatchObject({
      level: 30,
      level_: 'x',
      time_: 'y',
      pid: 2,
      big: '10',
      bad: '[Throws: serializer]',
      m: 1,
    });
    expect(lines.lines).toHaveLength(3);
    for (const line of lines.lines) expect(() => JSON.parse(line)).not.toThrow();
  });

  it('keeps a line when a mixin or a formatter throws to itself', () => {
    const lines = memorySink();
    const logger = pino(
      {
        mixin: () => {
          throw new Error('mixin');
        },
      },
      lines,
    );
    logger.info({ a: 1 }, 'x');
    expect(lines.records[0]).toMatchObject({ msg: 'x', a: 1 });
  });

  it('writes to streams, sinks and several at once, each with its level', async () => {
    const chunks: string[] = [];
    const stream = new Writable({
      write(chunk, _, done) {
        chunks.push(String(chunk));
        done();
      },
    });
    const sink = memorySink();
    const logger = pino(
      { level: 'debug' },
      multistream([
        { level: 'error', stream },
        { level: 'debug', stream: sink },
      ]),
    );
    logger.debug('low');
    logger.error('high');
    await new Promise<void>((resolve) => logger.flush(() => resolve()));
    expect(sink.records.map(({ msg }) => msg)).toEqual(['low', 'high']);
    expect(chunks.join('')).toContain('"high"');
    expect(chunks.join('')).not.toContain('"low"');
    pino(sink).info('destination alone');
    expect(sink.records.at(-1)).toMatchObject({ msg: 'destination alone' });
    expect(() => destination(99)).toThrow(/dest is 99/);
  });

  it('writes to the file of a path, alone or behind options', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'telltale-pino-'));
    try {
      const path = join(folder, 'app.log');
      for (const logger of [pino(path), pino({ level: 'debug' }, path)]) {
        logger.info('to the file');
        await new Promise<void>((resolve) => logger.flush(() => resolve()));
      }
      expect(readFileSync(path, 'utf8').match(/"msg":"to the file"/g)).toHaveLength(2);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('is a face for a telltale logger, and a home for typed events', () => {
    const lines = memorySink();
    const logger = pinoLogger(new Logger({ sinks: [lines], fields: { service: 'shop' } }));
    logger.child({ requestId: 1 }).warn({ a: 1 }, 'said %s', 'so');
    expect(lines.records[0]).toMatchObject({
      level: 'warn',
      service: 'shop',
      requestId: 1,
      a: 1,
      msg: 'said so',
    });
    const seen = defineEvent('seen', { type: 'object', properties: { id: { type: 'number' } } });
    seen(logger, { id: 7 });
    expect(lines.records[1]).toMatchObject({ event: 'seen', id: 7 });
    expect(() => pinoLogger({} as never)).toThrow(/logger is/);
  });

  it('says what only pino has', () => {
    expect(() => pino({ transport: { target: 'pino-pretty' } } as never)).toThrow(
      /transport is not known here/,
    );
    expect(() => pino({ level: 'loud' as never })).toThrow(/level is "loud"/);
    expect(() => pino({ serializers: { a: 1 as never } })).toThrow(/serializers.a is 1/);
    expect(() => pino({ unknown: 1 } as never)).toThrow(/unknown option "unknown"/);
    expect(() => pino({}, 7 as never)).toThrow(/destination is 7/);
  });

  it('takes what pino users write, by its types', () => {
    const logger = pino({ customLevels: { notice: 35 }, level: 'notice' }, memorySink());
    expectTypeOf(logger.notice).toBeCallableWith('x');
    // @ts-expect-error no such level
    expect(() => logger.audit('x')).toThrow();
    expect(stdSerializers.err(new Error('x'))).toMatchObject({ type: 'Error', message: 'x' });
  });
});
