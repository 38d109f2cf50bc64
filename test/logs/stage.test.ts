import { describe, expect, it } from 'vitest';
import { Diagnostics } from '../../src/common/diagnostics.js';
import {
  Logger,
  type LoggerOptions,
  type LogStage,
  lazy,
  memorySink,
  type ReadableLogRecord,
  recordSink,
  withContext,
} from '../../src/logs/index.js';

function make(options: LoggerOptions = {}) {
  const sink = memorySink();
  const records: ReadableLogRecord[] = [];
  const logger = new Logger({ sinks: [sink, recordSink((record) => records.push(record))], ...options });
  return { sink, records, logger };
}

describe('stages', () => {
  it('change what every sink sees, and never what the caller gave', () => {
    const { logger, sink, records } = make({
      stages: (draft) => {
        draft.message = draft.message.toUpperCase();
        draft.fields = { ...draft.fields, more: true };
      },
    });
    const fields = Object.freeze({ a: 1 });
    logger.info('m', fields);
    logger.child({ b: 1 }).warn('n');
    expect(sink.records).toMatchObject([
      { msg: 'M', a: 1, more: true },
      { msg: 'N', more: true, b: 1 },
    ]);
    expect(records.map(({ body, attributes }) => [body, attributes])).toEqual([
      ['M', { a: 1, more: true }],
      ['N', { more: true, b: 1 }],
    ]);
  });

  it('run in the order of the options, a child’s after its parent’s', () => {
    const ran: string[] = [];
    const stage = (name: string) => () => void ran.push(name);
    const { logger } = make({
      buffer: stage('buffer'),
      redact: stage('redact'),
      sampling: [stage('sampling 1'), stage('sampling 2')],
      caller: stage('caller'),
      stages: [stage('own')],
    });
    logger.child({}, { redact: stage('child') }).info('m');
    expect(ran).toEqual(['sampling 1', 'sampling 2', 'caller', 'own', 'redact', 'buffer', 'child']);
    ran.length = 0;
    logger.debug('below the level');
    expect(ran).toEqual([]);
  });

  it('keep lines back, and let them out later through the stages behind', () => {
    const held: Parameters<LogStage['process']>[0][] = [];
    let emit: (draft: (typeof held)[number]) => void = () => {};
    const { logger, sink } = make({
      sampling: {
        process(draft) {
          held.push(draft);
          return false;
        },
        attach(host) {
          emit = host.emit;
        },
        flush() {
          for (const draft of held.splice(0)) emit(draft);
        },
      },
      redact: (draft) => {
        draft.fields = { redacted: draft.fields?.secret !== undefined };
      },
    });
    logger.child({ c: 1 }).info('one', { secret: 1 });
    expect(sink.lines).toEqual([]);
    logger.flushSync();
    expect(sink.records).toMatchObject([{ msg: 'one', redacted: true, c: 1 }]);
  });

  it('see bound fields when they are bound', () => {
    const { logger, sink } = make({
      fields: { secret: 0, a: 1 },
      redact: { process: () => true, bind: ({ secret: _, ...rest }) => rest },
    });
    withContext({ secret: 1, b: 2 }, () => logger.child({ secret: 3, c: 3 }).info('m'));
    expect(sink.lines[0]).toMatch(/"msg":"m","c":3,"a":1,"b":2\}$/);
  });

  it('that throw cost the line and nothing else', async () => {
    const told: string[] = [];
    const diagnostics = new Diagnostics({ handler: ({ code }) => told.push(code) });
    let broken = true;
    const { logger, sink } = make({
      diagnostics,
      stages: {
        process() {
          if (broken) throw new Error('stage');
          return true;
        },
        flush() {
          throw new Error('flush');
        },
      },
    });
    logger.info('lost');
    broken = false;
    logger.info('kept');
    await logger.flush();
    expect(sink.records.map(({ msg }) => msg)).toEqual(['kept']);
    expect(told).toEqual(['log_failed']);
  });

  it('are checked', () => {
    expect(() => make({ redact: ['password'] as never })).toThrow(
      'Logger: redact is "password"; accepted: a stage, as redaction()',
    );
    expect(() => make().logger.child({}, { redact: {} as never })).toThrow('Logger.child: redact is {}');
    // @ts-expect-error no such option
    expect(() => make().logger.child({}, { levle: 'info' })).toThrow(/Logger.child: unknown option "levle"/);
    expect(() => make().logger.child({}, { name: 7 as never })).toThrow('Logger.child: name is 7');
  });
});

describe('withContext', () => {
  it('reaches every line of what it runs, across await and timers, whichever logger', async () => {
    const { logger, sink } = make({ fields: { a: 0 } });
    const other = new Logger({ sinks: [sink] });
    await withContext({ requestId: 'r1', a: 'context' }, async () => {
      logger.info('one');
      await new Promise((resolve) => setTimeout(resolve, 1));
      other.info('two', { requestId: 'own' });
      withContext({ userId: 7 }, () => logger.child({ c: 1 }).info('three'));
      logger.info('four');
    });
    logger.info('five');
    expect(sink.records.map(({ time: _t, level: _l, ...rest }) => rest)).toEqual([
      { msg: 'one', a: 0, requestId: 'r1' },
      { msg: 'two', requestId: 'own', a: 'context' },
      { msg: 'three', c: 1, a: 0, requestId: 'r1', userId: 7 },
      { msg: 'four', a: 0, requestId: 'r1' },
      { msg: 'five', a: 0 },
    ]);
  });

  it('returns what the function returns, throws what it throws, and checks what it is given', () => {
    expect(withContext({}, () => 7)).toBe(7);
    expect(() =>
      withContext({}, () => {
        throw new RangeError('mine');
      }),
    ).toThrow(RangeError);
  });

  it.each([[7], [null], [undefined], ['text']])(
    'runs the function, and warns, where the fields are %s',
    async (fields) => {
      const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
      if (fields === 7) {
        expect(withContext(fields as never, () => 'done')).toBe('done');
        expect((await warned).message).toMatch(
          /no fields of their context: withContext: fields is 7; accepted: an object/,
        );
      } else expect(withContext(fields as never, () => 'done')).toBe('done');
    },
  );

  it('survives hostile fields', () => {
    const { logger, sink } = make();
    const hostile = {
      get bad() {
        throw new Error('no');
      },
      good: 1,
    };
    withContext(hostile, () => logger.info('m'));
    expect(sink.records[0]).toMatchObject({ bad: '[Throws: no]', good: 1 });
  });
});

describe('lazy values', () => {
  it('are made once, and only for lines that are written', () => {
    const { logger, sink, records } = make();
    let made = 0;
    const value = () => ({ made: ++made });
    logger.debug('m', { a: lazy(value) });
    logger.debug('m', () => ({ a: value() }));
    expect(made).toBe(0);
    logger.info('m', { a: lazy(value) });
    logger.info('m', () => ({ a: value() }));
    logger.info(() => ({ a: value() }), 'm');
    expect(sink.records.map(({ a }) => a)).toEqual([{ made: 1 }, { made: 2 }, { made: 3 }]);
    expect(records.map(({ attributes }) => attributes.a)).toEqual([{ made: 1 }, { made: 2 }, { made: 3 }]);
  });

  it('may throw, and may be anything', () => {
    const { logger, sink } = make();
    const fail = () => {
      throw new Error('no');
    };
    logger.info('m', { a: lazy(fail) });
    logger.info('m', fail);
    logger.info('m', () => [1]);
    logger.info('m', () => undefined as never);
    logger.error(() => new Error('late'));
    expect(sink.records.map(({ a, value, msg, err }) => a ?? value ?? (err ? [msg] : msg))).toEqual([
      '[Throws: no]',
      '[Throws: no]',
      [1],
      'm',
      ['late'],
    ]);
  });
});

describe('sinks with a level and a format of their own', () => {
  it('are given what they asked for', () => {
    const all = memorySink();
    const grave = Object.assign(memorySink(), { level: 'error' as const });
    const short = Object.assign(memorySink(), {
      format: ({ level, message }: { level: string; message: string }) => `${level} ${message}\n`,
    });
    const logger = new Logger({ level: 'debug', sinks: [grave, all, short] });
    logger.debug('one');
    logger.error('two');
    expect(all.records.map(({ msg }) => msg)).toEqual(['one', 'two']);
    expect(grave.records.map(({ msg }) => msg)).toEqual(['two']);
    expect(short.lines).toEqual(['debug one', 'error two']);
  });

  it('may all have the format of the logger', () => {
    const plain = memorySink();
    const logger = new Logger({ sinks: [plain], format: ({ message }) => `${message}!\n` });
    logger.info('one');
    expect(plain.lines).toEqual(['one!']);
    expect(() => new Logger({ format: 'pretty' as never })).toThrow(
      'Logger: format is "pretty"; accepted: a function',
    );
    expect(() => new Logger({ sinks: [Object.assign(memorySink(), { level: 'loud' as 'info' })] })).toThrow(
      'sink: level is "loud"',
    );
  });
});
