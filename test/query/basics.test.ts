import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../src/query/duration.js';
import { xxHash64 } from '../../src/query/engine/hash.js';
import { Labels } from '../../src/query/labels.js';
import { formatFixed, formatGeneral, parseNumber } from '../../src/query/numbers.js';
import { unquote } from '../../src/query/promql/unquote.js';
import { quote } from '../../src/query/quote.js';

const name = fc.stringMatching(/^[a-z_]{1,3}$/);
const labels = fc.dictionary(name, fc.string({ maxLength: 3 }), { maxKeys: 5 }).map(Labels.from);

describe('Labels', () => {
  it('are the same for the same names and values in whatever order, and for nothing else', () => {
    fc.assert(
      fc.property(labels, labels, (a, b) => {
        const same = JSON.stringify([...a]) === JSON.stringify([...b]);
        expect(a.key === b.key).toBe(same);
        expect(a.compare(b) === 0).toBe(same);
        expect(Labels.fromEntries([...a].reverse()).key).toBe(a.key);
        expect(Math.sign(a.compare(b))).toBe(0 - Math.sign(b.compare(a)));
      }),
    );
  });

  it('change as a sorted record would', () => {
    fc.assert(
      fc.property(labels, name, fc.string({ maxLength: 2 }), fc.array(name), (set, key, value, names) => {
        expect([...set.with(key, value)]).toEqual([...Labels.from({ ...set.toObject(), [key]: value })]);
        expect(set.with(key, value).get(key)).toBe(value);
        expect([...set.without(names)]).toEqual([...set].filter(([own]) => !names.includes(own)));
        expect([...set.keep(names)]).toEqual([...set].filter(([own]) => names.includes(own)));
      }),
    );
  });

  it('are written as Prometheus writes them', () => {
    expect(`${Labels.from({ __name__: 'x', b: '"\n\\', a: 'ü' })}`).toBe('x{a="ü", b="\\"\\n\\\\"}');
    expect(`${Labels.from({ __name__: 'my.metric', 'a.b': '1' })}`).toBe('{"my.metric", "a.b"="1"}');
    expect(`${Labels.from({ __name__: 'x' })}`).toBe('x');
    expect(`${Labels.EMPTY}`).toBe('{}');
  });
});

describe('durations', () => {
  it.each([
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['1y2w3d4h5m6s7ms', 33_019_506_007],
    ['0', 0],
    ['0s', 0],
    ['100ms', 100],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '5', '1', 'm', '-5m', '5 m', '1m1h', '1.5h', '5M', '300y', '99999999999999999999s'])(
    'not %s',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  it('are read as they were written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9e12 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
    expect(formatDuration(8 * 86_400_000)).toBe('8d');
    expect(formatDuration(7 * 86_400_000)).toBe('1w');
    expect(formatDuration(-90_000)).toBe('-1m30s');
  });
});

describe('numbers', () => {
  it.each([
    [1e21, '1000000000000000000000', '1e+21'],
    [1.5e25, '15000000000000000000000000', '1.5e+25'],
    [1e-7, '0.0000001', '1e-07'],
    [1e6, '1000000', '1e+06'],
    [-0.5, '-0.5', '-0.5'],
    [Number.NaN, 'NaN', 'NaN'],
    [Infinity, '+Inf', '+Inf'],
    [-Infinity, '-Inf', '-Inf'],
    [-0, '-0', '-0'],
    [123456, '123456', '123456'],
    [12345678, '12345678', '1.2345678e+07'],
  ])('%d', (value, fixed, general) => {
    expect(formatFixed(value)).toBe(fixed);
    expect(formatGeneral(value)).toBe(general);
  });

  it('lose nothing when written and read', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        expect(Object.is(parseNumber(formatFixed(value)), value)).toBe(true);
        expect(Object.is(parseNumber(formatGeneral(value)), value)).toBe(true);
      }),
    );
  });

  it.each(['', 'x', '1e', '0x', '1__0', '_1', '1_', '--1', '1 2', 'in'])('refuses "%s"', (text) => {
    expect(parseNumber(text)).toBeUndefined();
  });
});

describe('strings', () => {
  it('come back from quotes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(unquote(quote(text))).toEqual({ text });
      }),
    );
  });

  it('hold bytes that are no text', () => {
    const read = unquote('"a\\xc5z\\xff"');
    expect('text' in read && quote(read.text)).toBe('"a\\xc5z\\xff"');
    expect(unquote('"\\xc3\\xbc"')).toEqual({ text: 'ü' });
    expect(unquote('"\\ud800"')).toEqual({ reason: 'escape sequence is an invalid Unicode code point' });
  });
});

describe('xxHash64', () => {
  it.each([
    ['', 0xef46db3751d8e999n],
    ['a', 0xd24ec4f1a98c6e5bn],
    ['abc', 0x44bc2cf5ad770999n],
    ['Nobody inspects the spammish repetition', 0xfbcea83c8a378bf1n],
  ])('%s', (text, hash) => {
    expect(xxHash64(new TextEncoder().encode(text))).toBe(hash);
  });
});
