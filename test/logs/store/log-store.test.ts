import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { afterAll, describe, expect, expectTypeOf, it } from 'vitest';
import { rootContext } from '../../../src/common/context.js';
import { AsyncLocalContextManager } from '../../../src/common/context-manager.js';
import { Diagnostics } from '../../../src/common/diagnostics.js';
import { TelltaleError } from '../../../src/common/errors.js';
import { resourceOf } from '../../../src/common/resource.js';
import { withSpan } from '../../../src/common/with-span.js';
import { defineLevels, fileSink, Logger, memorySink } from '../../../src/logs/index.js';
import {
  type LogEntry,
  type LogSearch,
  LogStore,
  type LogStoreOptions,
} from '../../../src/logs/store/index.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';

const START = Date.UTC(2026, 10, 21);

// One for all: Node 20 asks every one that was ever used at each promise.
const contextManager = new AsyncLocalContextManager();

function make(options: LogStoreOptions = {}) {
  const clock = new FakeClock({ now: START });
  const store = new LogStore(options);
  const logger = new Logger({ level: 'trace', clock, contextManager, sinks: [store] });
  const inSpan = (traceId: string, spanId: string, call: () => void): void => {
    const spanContext = { traceId, spanId, traceFlags: 1 };
    contextManager.with(withSpan(rootContext, { spanContext: () => spanContext } as never), call);
  };
  return { clock, store, logger, inSpan };
}

const messages = (entries: LogEntry[]) => entries.map(({ message }) => message);
const id = (length: number, n: number) => (n + 1).toString(16).padStart(length, 'a');

describe('LogStore as a sink', () => {
  it('keeps what a logger says', () => {
    const { store, logger, inSpan } = make();
    inSpan(id(32, 1), id(16, 2), () => {
      logger.child({ requestId: 'r1' }).warn('Slow answer', { ms: 12.5, deep: { list: [1, 'x'] } });
    });
    const [entry] = store.search();
    expect(entry).toMatchObject({
      time: START,
      level: 'warn',
      message: 'Slow answer',
      traceId: id(32, 1),
      spanId: id(16, 2),
      traceFlags: 1,
      fields: { requestId: 'r1', ms: 12.5, deep: { list: [1, 'x'] } },
    });
    expect(Object.keys(entry!.fields).sort()).toEqual(['deep', 'ms', 'requestId']);
    expect(store.size).toBe(1);
  });

  it('says of an entry the line that the logger wrote', () => {
    const memory = memorySink();
    const store = new LogStore();
    const logger = new Logger({ sinks: [memory, store], fields: { service: 'shop' } });
    logger.info('placed', { level: 'mine', time: 1, err: new Error('no') });
    const [entry] = store.search();
    expect(entry!.toLine()).toBe(memory.lines[0]);
    expect(JSON.stringify(entry)).toBe(memory.lines[0]);
    expect(inspect(entry)).toContain("msg: 'placed'");
    expect(entry!.fields).toMatchObject({ level: 'mine', time: 1, service: 'shop' });
  });

  it.each([{ time: 'epoch', levels: 'number' }, { format: () => 'not JSON\n' }] as const)(
    'does not mind how lines are written: %j',
    (options) => {
      const store = new LogStore();
      const logger = new Logger({ ...options, sinks: [store, () => {}] });
      logger.warn('placed', { orderId: 7 });
      const [entry] = store.search({ text: 'PLACED', level: 'warn', fields: { orderId: 7 } });
      expect(entry).toMatchObject({ message: 'placed', level: 'warn', fields: { orderId: 7 } });
      expect(JSON.parse(entry!.toLine())).toMatchObject({ level: 'warn', msg: 'placed', orderId: 7 });
      expect(store.search({ text: /^placed$/ })).toHaveLength(1);
    },
  );

  it('takes only the level asked for', () => {
    const { store, logger } = make({ level: 'error' });
    logger.info('no');
    logger.error('yes');
    expect(messages(store.search())).toEqual(['yes']);
  });

  it('knows custom levels', () => {
    const store = new LogStore();
    const Own = defineLevels({ notice: 35 });
    const logger = new Own({ level: 'trace', sinks: [store] });
    logger.notice('one');
    logger.info('two');
    logger.warn('three');
    expect(messages(store.search({ level: 'notice' }))).toEqual(['three', 'one']);
    expect(messages(store.search({ level: ['notice'] }))).toEqual(['one']);
  });

  it('never changes what it is given, and copies it', () => {
    const { store, logger } = make();
    const fields = { list: [1] };
    logger.info('m', fields);
    fields.list.push(2);
    expect(store.search()[0]!.fields).toEqual({ list: [1] });
  });

  it('takes anything', () => {
    const told: string[] = [];
    const store = new LogStore({ diagnostics: new Diagnostics({ handler: ({ code }) => told.push(code) }) });
    const logger = new Logger({ sinks: [store] });
    const circular: Record<string, unknown> = { big: 10n, symbol: Symbol('s') };
    circular.self = circular;
    const hostile: object[] = [
      circular,
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('no');
          },
        },
      ),
      {
        get bad() {
          throw new Error('no');
        },
      },
      {
        get err() {
          throw new Error('no');
        },
      },
      {
        err: {
          get message() {
            throw new Error('no');
          },
        },
      },
      { nan: Number.NaN, lone: '\ud800', text: 'x'.repeat(10_000_000) },
      Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, i])),
      {
        get logs() {
          logger.info('inner');
          return 1;
        },
      },
      JSON.parse('{"__proto__": {"a": 1}, "constructor": 1}'),
    ];
    for (const fields of hostile) logger.info('hostile \ud800 "quoted" \\ \u0000', fields as never);
    logger.info('x'.repeat(10_000_000));
    expect(store.search({ text: 'hostile', limit: 1000 })).toHaveLength(hostile.length);
    for (const entry of store.search({ limit: 1000 })) {
      expect(typeof entry.message).toBe('string');
      expect(entry.toJSON()).toBeTypeOf('object');
      expect(entry.fields).toBeTypeOf('object');
    }
    expect(store.bytes).toBeLessThan(67_108_864);
  });

  it('takes records of OpenTelemetry, and whatever is said to be one', () => {
    const store = new LogStore({ diagnostics: new Diagnostics({ handler: () => {} }) });
    const record = {
      hrTime: [1_700_000_000, 5_000_000] as [number, number],
      hrTimeObserved: [1_700_000_000, 5_000_000] as [number, number],
      body: 'from elsewhere',
      severityNumber: 17,
      attributes: { a: 1 },
      droppedAttributesCount: 0,
      instrumentationScope: { name: '' },
      resource: resourceOf({}),
      spanContext: { traceId: id(32, 5), spanId: id(16, 5), traceFlags: 0 },
    };
    store.add(record);
    store.add({ ...record, body: { nested: true }, severityText: 'WARN', spanContext: undefined as never });
    store.add({} as never);
    store.add(undefined as never);
    expect(store.size).toBe(2);
    expect(store.search({ traceId: id(32, 5) })[0]).toMatchObject({
      time: 1_700_000_000_005,
      level: 'error',
      message: 'from elsewhere',
      fields: { a: 1 },
    });
    expect(messages(store.search({ level: ['warn'] }))).toEqual(['{"nested":true}']);
  });
});

describe('search', () => {
  function filled() {
    const made = make();
    const { clock, logger, inSpan } = made;
    for (let n = 0; n < 10; n++) {
      inSpan(id(32, n >> 1), id(16, n), () => {
        const level = (['debug', 'info', 'warn', 'error'] as const)[n % 4]!;
        logger[level](`Message ${n}: Redis timeout-after ${n * 10}ms`, {
          n,
          even: n % 2 === 0,
          user: { id: `u${n}` },
        });
      });
      clock.advanceSync(1000);
    }
    return made.store;
  }
  const numbers = (store: LogStore, query: LogSearch) => store.search(query).map(({ fields }) => fields.n);

  it.each<[string, LogSearch, number[]]>([
    ['everything', {}, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]],
    ['the oldest first', { order: 'oldest', limit: 3 }, [0, 1, 2]],
    ['nothing', { limit: 0 }, []],
    ['a level and graver', { level: 'warn' }, [7, 6, 3, 2]],
    ['just some levels', { level: ['debug', 'error'] }, [8, 7, 4, 3, 0]],
    ['from a moment on', { from: START + 8000 }, [9, 8]],
    ['before a moment', { to: new Date(START + 2000) }, [1, 0]],
    ['between', { from: START + 2000, to: START + 4000 }, [3, 2]],
    ['a trace', { traceId: id(32, 2) }, [5, 4]],
    ['a trace in capitals', { traceId: id(32, 2).toUpperCase() }, [5, 4]],
    ['a trace that is none', { traceId: 'x' }, []],
    ['a span', { spanId: id(16, 3) }, [3]],
    ['a text', { text: 'MESSAGE 3' }, [3]],
    ['a text with its case', { text: 'MESSAGE 3', caseSensitive: true }, []],
    ['a text with its case, right', { text: 'Message 3', caseSensitive: true }, [3]],
    ['no text', { text: '', limit: 2 }, [9, 8]],
    ['words', { text: { words: 'TIMEOUT redis' }, limit: 2 }, [9, 8]],
    ['no part of a word', { text: { words: 'time' } }, []],
    ['words with their case', { text: { words: 'redis' }, caseSensitive: true }, []],
    ['an expression', { text: /after [78]0ms$/ }, [8, 7]],
    ['an expression without case', { text: /MESSAGE [12]/i }, [2, 1]],
    ['an expression as text', { text: { regex: '^Message (0|9)' } }, [9, 0]],
    ['a field', { fields: { n: 4 } }, [4]],
    ['a field that is true', { fields: { even: true }, limit: 2 }, [8, 6]],
    ['a nested field', { fields: { 'user.id': 'u6' } }, [6]],
    ['a field of another type', { fields: { n: '4' } }, []],
    [
      'all at once',
      { text: 'redis', level: 'info', from: START + 1000, to: START + 8000, fields: { even: false } },
      [7, 5, 3, 1],
    ],
  ])('finds %s', (_, query, expected) => {
    expect(numbers(filled(), query)).toEqual(expected);
    expect(filled().count(omit(query))).toBe(
      query.limit === undefined ? expected.length : filled().search({ ...query, limit: Infinity }).length,
    );
  });

  function omit({ limit, order, ...query }: LogSearch) {
    return query;
  }

  it('sees what an error says', () => {
    const { store, logger } = make();
    logger.error('Payment failed', { err: new TypeError('Card DECLINED') });
    logger.error(new Error('Disk full'));
    expect(messages(store.search({ text: 'card declined' }))).toEqual(['Payment failed']);
    expect(messages(store.search({ text: 'Card DECLINED', caseSensitive: true }))).toEqual([
      'Payment failed',
    ]);
    expect(messages(store.search({ text: /Card D/ }))).toEqual(['Payment failed']);
    expect(messages(store.search({ text: 'disk' }))).toEqual(['Disk full']);
  });

  it('is at home in all languages', () => {
    const { store, logger } = make();
    logger.info('Ärger mit Straße und 東京 🙂');
    logger.info('plain');
    for (const text of [
      'ärger',
      'STRASSE'.replace('SS', 'ß'),
      '東京',
      '🙂',
      { words: '東京' },
      /Straße/,
      { words: 'ärger' },
    ]) {
      expect(messages(store.search({ text: text as string }))).toHaveLength(1);
    }
    expect(store.search({ text: { words: 'rger' } })).toEqual([]);
    expect(messages(store.search({ text: 'plain' }))).toEqual(['plain']);
  });

  it('finds fields by the names they were given', () => {
    const { store, logger, inSpan } = make();
    logger.info('m', { level: 'high', trace_id: 'mine', 'a.b': 1, a: { b: 2 }, time_: 3 });
    inSpan(id(32, 1), id(16, 1), () => logger.info('n', { trace_id: 'other' }));
    expect(store.search({ fields: { level: 'high' } })).toHaveLength(1);
    expect(store.search({ fields: { trace_id: 'mine' } })).toHaveLength(1);
    expect(store.search({ fields: { trace_id: 'other' } })[0]!.traceId).toBe(id(32, 1));
    expect(store.search({ fields: { 'a.b': 1, time_: 3 } })).toHaveLength(1);
    expect(store.search({ fields: { 'a.b': 2 } })).toEqual([]);
  });

  it('takes linear time for any expression', () => {
    const { store, logger } = make();
    for (let i = 0; i < 100; i++) logger.info('a'.repeat(5000));
    const begun = process.cpuUsage();
    expect(store.search({ text: /(a+)+$x/ })).toEqual([]);
    const { user } = process.cpuUsage(begun);
    expect(user / 1000).toBeLessThan(5000);
  });

  it('finds what a plain filter finds, whatever is logged and asked', () => {
    const word = fc.constantFrom('Redis', 'timeout', 'ärger', 'a', 'A', 'x y', '');
    const record = fc.record({
      level: fc.constantFrom('trace', 'debug', 'info', 'warn', 'error', 'fatal' as const),
      words: fc.array(word, { maxLength: 4 }),
      step: fc.integer({ min: -2000, max: 3000 }),
      trace: fc.nat(5),
      n: fc.nat(3),
    });
    const query = fc.record(
      {
        text: word,
        level: fc.constantFrom('debug', 'warn', 'fatal'),
        from: fc.integer({ min: START - 2000, max: START + 20_000 }),
        to: fc.integer({ min: START, max: START + 30_000 }),
        traceId: fc.nat(5).map((n) => id(32, n)),
        fields: fc.record({ n: fc.nat(3) }),
        order: fc.constantFrom('newest', 'oldest' as const),
        limit: fc.nat(30),
      },
      { requiredKeys: [] },
    );
    const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 80 }),
        fc.array(query, { maxLength: 5 }),
        fc.integer({ min: 1, max: 60 }),
        (records, queries, maxEntries) => {
          const { store, logger, clock, inSpan } = make({ maxEntries });
          const kept: { level: string; message: string; time: number; traceId: string; n: number }[] = [];
          for (const { level, words, step, trace, n } of records) {
            clock.set(clock.now() + step);
            const message = words.join(' ');
            inSpan(id(32, trace), id(16, trace), () => logger[level as 'info'](message, { n }));
            kept.push({ level, message, time: clock.now(), traceId: id(32, trace), n });
            if (kept.length > maxEntries) kept.shift();
          }
          expect(store.size).toBe(kept.length);
          for (const asked of queries as LogSearch[]) {
            const expected = kept.filter(
              (one) =>
                (asked.text === undefined ||
                  one.message.toLowerCase().includes((asked.text as string).toLowerCase())) &&
                (asked.level === undefined ||
                  levels.indexOf(one.level) >= levels.indexOf(asked.level as string)) &&
                (asked.from === undefined || one.time >= Number(asked.from)) &&
                (asked.to === undefined || one.time < Number(asked.to)) &&
                (asked.traceId === undefined || one.traceId === asked.traceId) &&
                (asked.fields === undefined || one.n === asked.fields.n),
            );
            const ordered = asked.order === 'oldest' ? expected : expected.reverse();
            expect(
              store.search(asked).map(({ level, message, time, traceId, fields }) => ({
                level,
                message,
                time,
                traceId,
                n: fields.n,
              })),
            ).toEqual(ordered.slice(0, asked.limit ?? 100));
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each([
    [{ level: 'loud' }, /level is "loud"; accepted: a level: "trace"/],
    [{ level: ['info', 'loud'] }, 'level is "loud"'],
    [{ level: 3 }, 'level is 3'],
    [{ from: 'yesterday' }, 'from is "yesterday"'],
    [{ to: new Date('x') }, 'to is '],
    [{ traceId: 5 }, 'traceId is 5'],
    [{ text: 5 }, 'text is 5'],
    [{ text: /(?=a)/ }, /text is .*RE2's syntax/],
    [{ text: { regex: '(' } }, /RE2's syntax \(.*missing/],
    [{ text: { regex: 'a'.repeat(6000) } }, 'more than 5000 characters'],
    [{ fields: 5 }, 'fields is 5'],
    [{ fields: { a: {} } }, 'fields.a is {}'],
    [{ limit: -1 }, 'limit is -1'],
    [{ order: 'up' }, 'order is "up"'],
    [{ caseSensitive: 1 }, 'caseSensitive is 1'],
    [{ txt: 'x' }, 'unknown option "txt"'],
  ])('says what is wrong with %j', (query, message) => {
    const { store } = make();
    expect(() => store.search(query as never)).toThrow(TelltaleError);
    expect(() => store.search(query as never)).toThrow(message);
  });

  it('is checked by the compiler', () => {
    expectTypeOf<Parameters<LogStore['search']>[0]>().toEqualTypeOf<LogSearch | undefined>();
    // @ts-expect-error no such order
    const wrong: LogSearch = { order: 'up' };
    // @ts-expect-error fields are plain values
    const alsoWrong: LogSearch = { fields: { a: [1] } };
    expect([wrong, alsoWrong]).toHaveLength(2);
  });
});

describe('bounds', () => {
  it('keeps the newest records', () => {
    const { store, logger } = make({ maxEntries: 5 });
    for (let n = 0; n < 12; n++) logger.info(`m${n}`);
    expect(messages(store.search())).toEqual(['m11', 'm10', 'm9', 'm8', 'm7']);
    expect([store.size, store.evicted]).toEqual([5, 7]);
  });

  it('keeps within its bytes', () => {
    const { store, logger } = make({ maxBytes: 2_000_000, maxEntries: Infinity });
    for (let n = 0; n < 30_000; n++) {
      logger.info(`message ${n}`, { padding: 'x'.repeat(n % 300), n });
      if (n % 1000 === 0) expect(store.bytes).toBeLessThanOrEqual(2_000_000);
    }
    expect(store.size + store.evicted).toBe(30_000);
    expect(store.size).toBeGreaterThan(3000);
    const numbers = store.search({ limit: Infinity }).map(({ fields }) => fields.n);
    expect(numbers).toEqual(Array.from({ length: store.size }, (_, i) => 29_999 - i));
    expect(store.search({ text: 'message 29999' })).toHaveLength(1);
    expect(store.search({ text: 'message 1 ' })).toEqual([]);
  });

  it('lets a record go that is larger than the store', () => {
    const { store, logger } = make({ maxBytes: 1_048_576 });
    logger.info('small');
    logger.info(
      'huge',
      Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`k${i}`, 'x'.repeat(20_000)])),
    );
    expect(store.bytes).toBeLessThanOrEqual(1_048_576);
    logger.info('small again');
    expect(messages(store.search()).at(0)).toBe('small again');
  });

  it('keeps what was found readable, whatever comes afterwards', () => {
    const { store, logger } = make({ maxEntries: 3000 });
    for (let n = 0; n < 3000; n++) logger.info(`message ${n}`, { n });
    const found = store.search({ limit: 3000, order: 'oldest' });
    for (let n = 0; n < 10_000; n++) logger.info('another', { n: -1 });
    const last = store.search({ limit: 1 });
    store.clear();
    for (let n = 0; n < 100; n++) logger.info('after', { n: -2 });
    expect(found.map(({ fields }) => fields.n)).toEqual(Array.from({ length: 3000 }, (_, n) => n));
    expect(messages(last)).toEqual(['another']);
  });

  it('can be emptied', () => {
    const { store, logger } = make();
    logger.info('one');
    store.clear();
    expect([store.size, store.search()]).toEqual([0, []]);
    logger.info('two');
    expect(messages(store.search())).toEqual(['two']);
  });

  it('checks its options', () => {
    expect(() => new LogStore({ maxEntries: 0 })).toThrow('maxEntries is 0');
    expect(() => new LogStore({ maxBytes: 5 })).toThrow('maxBytes is 5');
    // @ts-expect-error no such option
    expect(() => new LogStore({ size: 5 })).toThrow('unknown option "size"');
  });
});

describe('counts', () => {
  it('counts by interval and level, and leaves none out between', () => {
    const { store, logger, clock } = make();
    for (const [level, ms] of [
      ['info', 0],
      ['warn', 10_000],
      ['info', 5000],
      ['error', 40_000],
    ] as const) {
      clock.advanceSync(ms);
      logger[level]('m');
    }
    expect(store.counts({ interval: 20_000 })).toEqual([
      { time: START, total: 3, levels: { info: 2, warn: 1 } },
      { time: START + 20_000, total: 0, levels: {} },
      { time: START + 40_000, total: 1, levels: { error: 1 } },
    ]);
    expect(store.counts({ interval: 20_000, level: 'error' })).toHaveLength(1);
    expect(store.count()).toBe(4);
    expect(new LogStore().counts({ interval: 1000 })).toEqual([]);
  });

  it('says when there would be too many', () => {
    const { store, logger, clock } = make();
    logger.info('m');
    clock.advanceSync(3_600_000);
    logger.info('m');
    expect(() => store.counts({ interval: 1 })).toThrow(/interval is 1; accepted: at least 360 here/);
    expect(() => store.counts({ interval: 0 })).toThrow('interval is 0');
    // @ts-expect-error an interval is needed
    expect(() => store.counts({})).toThrow('interval');
    // @ts-expect-error: an interval has no default
    expect(() => store.counts()).toThrow(TelltaleError);
  });
});

describe('tail', () => {
  it('yields what arrives and meets the query, until the loop is left', async () => {
    const { store, logger } = make();
    logger.warn('before');
    const tail = store.tail({ level: 'warn' });
    const got: string[] = [];
    const reading = (async () => {
      for await (const { message } of tail) {
        got.push(message);
        if (got.length === 2) break;
      }
    })();
    logger.info('no');
    logger.warn('one');
    await new Promise(setImmediate);
    logger.error('two');
    logger.error('three');
    await reading;
    expect(got).toEqual(['one', 'two']);
  });

  it('is bounded, and counts what nobody took', async () => {
    const { store, logger } = make();
    const tail = store.tail({ maxWaiting: 3 });
    for (let n = 0; n < 10; n++) logger.info(`m${n}`);
    await store.shutdown();
    const got: string[] = [];
    for await (const { message } of tail) got.push(message);
    expect(got).toEqual(['m7', 'm8', 'm9']);
    expect(tail.dropped).toBe(7);
  });

  it('ends when its signal says so, and at the shutdown', async () => {
    const { store, logger } = make();
    const controller = new AbortController();
    const aborted = store.tail({ signal: controller.signal });
    const other = store.tail();
    const first = aborted.next();
    controller.abort();
    expect(await first).toEqual({ done: true, value: undefined });
    const second = other.next();
    await logger.shutdown();
    expect(await second).toEqual({ done: true, value: undefined });
    expect(await store.tail({ signal: controller.signal }).next()).toEqual({ done: true, value: undefined });
    expect(messages(store.search())).toEqual([]);
  });
});

describe('export and import', () => {
  const folder = mkdtempSync(join(tmpdir(), 'telltale-store-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are each other’s inverse', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            message: fc.string({ unit: 'grapheme' }),
            fields: fc.dictionary(
              fc.oneof(fc.string(), fc.constantFrom('level', 'time_', 'msg', 'trace_id', 'span_id__')),
              fc.jsonValue() as fc.Arbitrary<never>,
            ),
            trace: fc.boolean(),
          }),
          { maxLength: 10 },
        ),
        async (records) => {
          const { store, logger, inSpan } = make();
          for (const { message, fields, trace } of records) {
            if (trace) inSpan(id(32, 1), id(16, 1), () => logger.warn(message, fields));
            else logger.warn(message, fields);
          }
          const copy = new LogStore();
          const lines = [...store.export()];
          expect(await copy.import(lines)).toEqual({ imported: records.length, rejected: 0 });
          expect([...copy.export()]).toEqual(lines);
          const plain = ({ message, fields, traceId }: LogEntry) => ({ message, fields, traceId });
          expect(copy.search().map(plain)).toEqual(store.search().map(plain));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('read the files of a logger, in pieces', async () => {
    const path = join(folder, 'app.log');
    const logger = new Logger({ sinks: [fileSink({ path })] });
    for (let n = 0; n < 2000; n++) logger.info('größer', { n });
    await logger.shutdown();
    const store = new LogStore();
    expect(await store.import(createReadStream(path, { highWaterMark: 777 }))).toEqual({
      imported: 2000,
      rejected: 0,
    });
    expect(store.search({ text: 'größer', fields: { n: 1234 } })).toHaveLength(1);
  });

  it('read what pino writes, and say how much was no log line', async () => {
    const store = new LogStore();
    const text = [
      '{"level":30,"time":1700000000000,"pid":1,"msg":"from pino"}',
      '{"level":35,"time":1700000000001,"msg":"custom"}',
      '{"level":"notice","time":"2026-11-21T20:30:00.123Z","msg":"label"}',
      'no JSON',
      '[1]',
      '{"time":"never"}',
      '',
      '{"time":1700000000002,"msg":{"a":1}}',
    ].join('\n');
    expect(await store.import(text)).toEqual({ imported: 4, rejected: 3 });
    expect(store.search({ order: 'oldest' }).map(({ level, message }) => [level, message])).toEqual([
      ['info', 'from pino'],
      ['35', 'custom'],
      ['notice', 'label'],
      ['info', '{"a":1}'],
    ]);
    expect(store.search({ fields: { pid: 1 } })).toHaveLength(1);
  });

  it('go on while records come and go', () => {
    const { store, logger } = make({ maxEntries: 5000 });
    for (let n = 0; n < 5000; n++) logger.info('m', { n });
    const got: number[] = [];
    for (const line of store.export()) {
      got.push(JSON.parse(line).n);
      if (got.length === 10) for (let n = 5000; n < 12_000; n++) logger.info('m', { n });
    }
    expect(got).toEqual([...got].sort((a, b) => a - b));
  });
});
