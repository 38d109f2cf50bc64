import { describe, expect, it } from 'vitest';
import winston from 'winston';
import { TelltaleTransport } from '../../src/compat/winston.js';
import { Logger, memorySink } from '../../src/logs/index.js';

function setup(options: winston.LoggerOptions = {}) {
  const sink = memorySink();
  const logger = new Logger({ level: 'trace', sinks: [sink] });
  const transport = new TelltaleTransport({ logger, levels: { loud: 'warn' } });
  return {
    sink,
    logger,
    winston: winston.createLogger({ level: 'silly', ...options, transports: [transport] }),
  };
}

describe('TelltaleTransport', () => {
  it('takes the lines of winston, with their fields', () => {
    const { sink, winston: logger } = setup();
    logger.info('order placed', { orderId: 7, level: 'mine' });
    logger.child({ requestId: 'r' }).warn('careful');
    logger.log({ level: 'error', message: 'object', code: 1 });
    expect(sink.records).toMatchObject([
      { level: 'info', msg: 'order placed', orderId: 7 },
      { level: 'warn', msg: 'careful', requestId: 'r' },
      { level: 'error', msg: 'object', code: 1 },
    ]);
  });

  it('knows the levels of npm and syslog, coloured or not, and more', () => {
    const npm = setup({ format: winston.format.colorize() });
    for (const level of ['silly', 'debug', 'verbose', 'http', 'info', 'warn', 'error']) {
      npm.winston.log(level, 'x');
    }
    expect(npm.sink.records.map(({ level }) => level)).toEqual([
      'trace',
      'debug',
      'debug',
      'info',
      'info',
      'warn',
      'error',
    ]);
    const syslog = setup({ levels: { ...winston.config.syslog.levels, loud: 8, odd: 9 }, level: 'odd' });
    for (const level of ['debug', 'notice', 'warning', 'crit', 'emerg', 'loud', 'odd']) {
      syslog.winston.log(level, 'x');
    }
    expect(syslog.sink.records.map(({ level }) => level)).toEqual([
      'debug',
      'info',
      'warn',
      'fatal',
      'fatal',
      'warn',
      'info',
    ]);
  });

  it('takes errors as a message, as an argument, and with a format of winston', () => {
    const { sink, winston: logger } = setup();
    logger.error(new TypeError('broken'));
    logger.error('it failed', new TypeError('broken'));
    const formatted = setup({ format: winston.format.errors({ stack: true }) });
    formatted.winston.error(new TypeError('broken'));
    expect(sink.records[0]).toMatchObject({ msg: 'broken', level: 'error' });
    expect(JSON.stringify(sink.records[0])).toContain('TypeError: broken');
    expect(sink.records[1]!.msg).toContain('it failed');
    expect(JSON.stringify(sink.records[1])).toContain('TypeError: broken');
    expect(JSON.stringify(formatted.sink.records[0])).toContain('TypeError: broken');
  });

  it('never throws, and goes on after what cannot be read', () => {
    // Winston's own default format throws here.
    const { sink, winston: logger } = setup({ format: winston.format((info) => info)() });
    logger.info('x', {
      bad: {
        get inner() {
          throw new Error('no');
        },
      },
      big: 10n,
    });
    logger.info({ a: 1 } as never);
    logger.info('after');
    expect(sink.records.at(-1)).toMatchObject({ msg: 'after' });
    for (const line of sink.lines) expect(() => JSON.parse(line)).not.toThrow();
  });

  it('heeds the level of the logger, and says what is wrong at construction', () => {
    const { sink, logger, winston: outer } = setup();
    logger.level = 'error';
    outer.info('no');
    outer.error('yes');
    expect(sink.records.map(({ msg }) => msg)).toEqual(['yes']);
    expect(() => new TelltaleTransport({ logger: {} as never })).toThrow(/logger is/);
    expect(() => new TelltaleTransport({ logger, levels: { a: 'loud' as never } })).toThrow(
      /levels.a is "loud"/,
    );
    expect(() => new TelltaleTransport({ logger, formats: 1 } as never)).toThrow(/unknown option "formats"/);
  });
});
