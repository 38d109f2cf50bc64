import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributeValue, cleanAttributes, truncate } from '../../src/common/attributes.js';

describe('attributeValue', () => {
  it.each([['text'], [1.5], [Number.NaN], [true], [[]], [['a', null, 'b', undefined]], [[1, 2]], [[true]]])(
    'takes %j as it is',
    (value) => {
      expect(attributeValue(value, Infinity)).toEqual(value);
    },
  );

  it.each([
    [undefined],
    [null],
    [{}],
    [() => {}],
    [Symbol('x')],
    [1n],
    [new Date()],
    [[1, 'a']],
    [[{}]],
    [[[1]]],
  ])('refuses %s', (value) => {
    expect(attributeValue(value, Infinity)).toBeUndefined();
  });

  it('cuts texts, also in arrays, and copies arrays', () => {
    expect(attributeValue('abcdef', 3)).toBe('abc');
    const given = ['abcdef', null, 'x'];
    const taken = attributeValue(given, 3) as string[];
    expect(taken).toEqual(['abc', null, 'x']);
    given[2] = 'changed';
    expect(taken[2]).toBe('x');
  });

  it('survives an array that throws when read', () => {
    const throwing = new Proxy([1], {
      get() {
        throw new Error('no');
      },
    });
    const revoked = Proxy.revocable([1], {});
    expect(attributeValue(throwing, 10)).toBeUndefined();
    expect(attributeValue(revoked.proxy, 10)).toEqual([1]);
  });
});

describe('truncate', () => {
  it('gives a beginning of the text, not longer than allowed, and splits no character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 0, max: 20 }), (text, most) => {
        const cut = truncate(text, most);
        expect(text.startsWith(cut)).toBe(true);
        expect(cut.length).toBeLessThanOrEqual(most);
        if (!/\p{Surrogate}/u.test(text)) expect(cut).not.toMatch(/\p{Surrogate}/u);
        if (text.length <= most) expect(cut).toBe(text);
        else expect(cut.length).toBeGreaterThanOrEqual(most - 1);
      }),
    );
  });
});

describe('cleanAttributes', () => {
  it('keeps what is an attribute, and leaves its input alone', () => {
    const given = { a: 1, b: { nested: true }, '': 'no key', c: undefined, d: ['x'] };
    const before = structuredClone(given);
    expect(cleanAttributes(given)).toEqual({ a: 1, d: ['x'] });
    expect(given).toEqual(before);
  });

  it('takes what is no object for none', () => {
    for (const value of [undefined, null, 5, 'text', true]) expect(cleanAttributes(value)).toEqual({});
  });

  it('survives getters and proxies that throw', () => {
    const throwing = {
      good: 1,
      get bad() {
        throw new Error('no');
      },
    };
    expect(cleanAttributes(throwing)).toEqual({ good: 1 });
    const locked = new Proxy(
      {},
      {
        ownKeys() {
          throw new Error('no');
        },
      },
    );
    expect(cleanAttributes(locked)).toEqual({});
  });

  it('takes the key __proto__ for a key', () => {
    const clean = cleanAttributes(JSON.parse('{ "__proto__": ["x"], "a": 1 }'));
    expect(Object.getPrototypeOf(clean)).toBe(Object.prototype);
    expect(Object.keys(clean)).toEqual(['__proto__', 'a']);
  });

  it('never throws, and gives nothing but attributes', () => {
    fc.assert(
      fc.property(fc.anything(), fc.nat(20), (value, most) => {
        for (const own of Object.values(cleanAttributes(value, most))) {
          expect(attributeValue(own, most)).toEqual(own);
        }
      }),
    );
  });

  it('takes ten thousand keys and a text of 10 MB', () => {
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, i]));
    expect(Object.keys(cleanAttributes({ ...many, text: 'x'.repeat(10_000_000) }, 100))).toHaveLength(10_001);
  });
});
