import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Logger, memorySink, recordSink } from '../../src/logs/index.js';
import { parseStrict } from './lib/strict-json.js';

/** Whatever the input: one line, valid JSON, no key twice, no exception, and the input as it was. */

const names = [
  'time',
  'level',
  'level_',
  'msg',
  'msg__',
  'trace_id',
  'err',
  '...',
  'a',
  'b',
  '__proto__',
  '',
];

const leaf = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
  fc.integer(),
  fc.double(),
  fc.bigInt(),
  fc.boolean(),
  fc.constantFrom(null, undefined, Number.NaN, -0, Symbol('s'), Symbol.iterator),
  fc.date({ noInvalidDate: false }),
  fc.uint8Array(),
  fc.float64Array(),
  fc
    .constantFrom<() => unknown>(
      () => () => 1,
      () => new Error('boom', { cause: new TypeError('why') }),
      () => new AggregateError([new Error('one'), 2], 'many'),
      () => Object.assign(new Error('own'), { type: 'x', message_: 1, code: 'E' }),
      () => new WeakMap(),
      () => Promise.resolve(),
      () => new URL('https://example.test/a'),
      () => /re"gex/,
      () => Object.create(null),
      () =>
        new (class Order {
          id = 1;
        })(),
      () => ({ toJSON: () => ({ replaced: 'yes' }) }),
      () => new Number(Number.NaN),
      () => new ArrayBuffer(3),
    )
    .map((makeOne) => makeOne()),
);

const key = fc.oneof(fc.constantFrom(...names), fc.string({ unit: 'binary' }));

const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.array(tie('tree'), { maxLength: 5 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 6 }),
    fc.array(fc.tuple(fc.oneof(key, leaf), tie('tree')), { maxLength: 4 }).map((pairs) => new Map(pairs)),
    fc.array(tie('tree'), { maxLength: 4 }).map((members) => new Set(members)),
  ),
}));
const fields = fc.dictionary(key, tree, { maxKeys: 8 });

function logs() {
  const sink = memorySink();
  return { sink, logger: new Logger({ sinks: [sink, recordSink(() => {})] }) };
}

function checkLine(line: string): Map<string, unknown> {
  expect(line).not.toContain('\n');
  const parsed = parseStrict(line) as Map<string, unknown>;
  expect([...parsed.keys()].slice(0, 3)).toEqual(['time', 'level', 'msg']);
  return parsed;
}

describe('any input', () => {
  it('gives one valid line without a key that stands twice, and stays as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fields, fields, (message, bound, given) => {
        const { sink, logger } = logs();
        const before = describeValue(given);
        const boundBefore = describeValue(bound);
        const child = logger.child(bound);
        child.info(message, given);
        child.info(given, message);
        child.error(given);
        expect(sink.lines).toHaveLength(3);
        for (const line of sink.lines) checkLine(line);
        expect(checkLine(sink.lines[0]!).get('msg')).toBe(message);
        expect(describeValue(given)).toBe(before);
        expect(describeValue(bound)).toBe(boundBefore);
      }),
      { numRuns: 200, endOnFailure: true },
    );
  });

  it('whatever the arguments are', () => {
    fc.assert(
      fc.property(tree, tree, (first, second) => {
        const { sink, logger } = logs();
        (logger.error as (a: unknown, b: unknown) => void).call(logger, first, second);
        expect(sink.lines).toHaveLength(1);
        checkLine(sink.lines[0]!);
      }),
      { numRuns: 200, endOnFailure: true },
    );
  });

  it('keeps every plain value', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string().filter((name) => !/^(time|level|msg|\.\.\.)_*$/.test(name)),
          fc.jsonValue(),
        ),
        (given) => {
          const { sink, logger } = logs();
          logger.info('m', given);
          const { time: _time, level: _level, msg: _msg, ...rest } = JSON.parse(sink.lines[0]!);
          expect(rest).toEqual(JSON.parse(JSON.stringify(given)));
        },
      ),
      { numRuns: 200, endOnFailure: true },
    );
  });

  it('keeps every number as JSON does', () => {
    const { sink, logger } = logs();
    fc.assert(
      fc.property(
        fc.oneof(
          fc.integer(),
          fc.double({ noNaN: true, noDefaultInfinity: true }),
          fc.maxSafeInteger(),
          fc.integer({ min: -10_000, max: 2_100_000_000 }).map((n) => n / 1000),
          fc.integer({ min: 0, max: 30_000 }).map((n) => n / 10_000),
          fc.double({ min: 0, max: 1, noNaN: true }),
        ),
        (n) => {
          sink.clear();
          logger.info('m', { n });
          expect(sink.lines[0]).toContain(`"n":${JSON.stringify(n)}}`);
        },
      ),
      { numRuns: 5000 },
    );
    for (let power = 0; power < 16; power++) {
      for (const n of [10 ** power - 1, 10 ** power, 10 ** power + 1]) {
        sink.clear();
        logger.info('m', { n });
        expect(sink.lines[0]).toContain(`"n":${n}}`);
      }
    }
  });
});

describe('hostile input', () => {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const throwing = new Proxy(
    {},
    {
      get: () => fail(),
      ownKeys: () => fail(),
      getPrototypeOf: () => fail(),
      has: () => fail(),
      getOwnPropertyDescriptor: () => fail(),
    },
  );
  function fail(): never {
    throw new Error('do not touch');
  }
  const circular: Record<string, unknown> = { a: 1 };
  circular.self = circular;
  circular.list = [circular];
  let deep: unknown = 'bottom';
  for (let i = 0; i < 50_000; i++) deep = { deep };
  class LyingError extends Error {
    override get message() {
      return fail();
    }
    override get stack() {
      return fail();
    }
    override get cause() {
      return fail();
    }
    override get name() {
      return fail();
    }
  }
  const lyingError = Object.create(LyingError.prototype) as unknown;
  const liar = Object.assign(Object.create(Map.prototype), { [Symbol.iterator]: fail });

  const cases: [string, unknown][] = [
    ['a revoked Proxy', revoked.proxy],
    ['a Proxy that throws', throwing],
    ['a getter that throws', Object.defineProperty({}, 'bad', { enumerable: true, get: fail })],
    ['a toJSON that throws', { toJSON: fail }],
    ['a toJSON that is not a function', { toJSON: 1 }],
    [
      'a toJSON that returns itself',
      {
        toJSON() {
          return this;
        },
        a: 1,
      },
    ],
    [
      'a toJSON that throws itself',
      {
        toJSON() {
          throw this;
        },
      },
    ],
    ['a cycle', circular],
    ['a very deep object', deep],
    ['an error that throws when read', lyingError],
    ['a Map that is none', liar],
    [
      'a thrower of symbols',
      {
        toJSON() {
          throw Symbol('x');
        },
      },
    ],
    ['a sparse array', Array(5_000_000)],
    ['a date that is no date', Object.create(Date.prototype)],
    ['lone surrogates', { '\ud800': '\udc00', ok: '\ud83d\ude00' }],
    [
      'an object that says it is an Error',
      {
        get [Symbol.toStringTag]() {
          return 'Error';
        },
      },
    ],
    ['wide in every depth', wide(6)],
  ];

  it.each(cases.map(([name], index) => ({ name, index })))('$name', ({ index }) => {
    const value = cases[index]![1];
    const { sink, logger } = logs();
    (logger.info as (a: unknown) => void).call(logger, value);
    logger.info('m', value as object);
    logger.info({ value, after: 1 }, 'm');
    logger.error(value, 'm');
    expect(sink.lines).toHaveLength(4);
    for (const line of sink.lines) {
      checkLine(line);
      expect(line.length).toBeLessThan(2_000_000);
    }
    expect(checkLine(sink.lines[2]!).get('after')).toBe(1);
  });

  it('10 MB strings are cut, and the line says so', () => {
    const { sink, logger } = logs();
    logger.info('x'.repeat(10_000_000), { long: 'é'.repeat(10_000_000), deep: { '\n': '"'.repeat(1e7) } });
    const line = checkLine(sink.lines[0]!);
    expect(line.get('msg')).toBe(`${'x'.repeat(32_768)}[9967232 more characters]`);
    expect(sink.lines[0]!.length).toBeLessThan(200_000);
  });

  it('a cut never splits a surrogate pair', () => {
    const { sink, logger } = logs();
    logger.info(`${'x'.repeat(32_767)}\u{1f600}tail`);
    expect(checkLine(sink.lines[0]!).get('msg')).toBe(`${'x'.repeat(32_767)}[6 more characters]`);
  });

  it('10,000 keys are cut, and the line says so', () => {
    const { sink, logger } = logs();
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, i]));
    logger.info('m', many);
    logger.info('m', { many });
    expect(checkLine(sink.lines[0]!).get('...')).toBe('9000 more');
    expect((checkLine(sink.lines[1]!).get('many') as Map<string, unknown>).get('...')).toBe('9000 more');
  });

  it('1,000 long strings make no endless line', () => {
    const { sink, logger } = logs();
    logger.info(
      'm',
      Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, 'x'.repeat(30_000)])),
    );
    expect(sink.lines[0]!.length).toBeLessThan(1_200_000);
    checkLine(sink.lines[0]!);
  });

  function wide(depth: number): unknown {
    return depth === 0 ? 'x' : Object.fromEntries(Array.from({ length: 12 }, (_, i) => [i, wide(depth - 1)]));
  }
});

/** A text that tells values apart, whatever they are, without changing them. */
function describeValue(value: unknown, depth = 0): string {
  if (depth > 8) return '…';
  if (Object.is(value, -0)) return '-0';
  if (typeof value !== 'object' || value === null) return `${typeof value}:${String(value)}`;
  const tag = Object.prototype.toString.call(value);
  if (value instanceof Map || value instanceof Set) {
    return `${tag}[${[...value].map((member) => describeValue(member, depth + 1)).join()}]`;
  }
  const own = Reflect.ownKeys(value).map(
    (name) => `${String(name)}=${describeValue((value as Record<PropertyKey, unknown>)[name], depth + 1)}`,
  );
  return `${tag}{${own.join()}}`;
}

describe('strings', () => {
  it('of any length and any characters come out as they went in', () => {
    const unit = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom('a', 'b', ' ', '.') },
      fc.constantFrom(
        '"',
        '\\',
        '\n',
        '\t',
        '\u0000',
        '\u007f',
        'é',
        '€',
        '\ufffd',
        '\uffef',
        '😀',
        '\ud800',
        '\udc00',
      ),
    );
    const { sink, logger } = logs();
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 400 }), fc.nat(7), (units, shift) => {
        sink.clear();
        const text = units.join('');
        logger.info('x'.repeat(shift), { text, deep: { text, list: [text] } });
        const { text: top, deep } = JSON.parse(sink.lines[0]!);
        expect([top, deep.text, deep.list[0]]).toEqual([text, text, text]);
        // What is no valid UTF-16 is escaped, so that the bytes are valid UTF-8.
        expect(Buffer.from(sink.lines[0]!).toString()).toBe(sink.lines[0]);
      }),
      { numRuns: 500, endOnFailure: true },
    );
  });
});
