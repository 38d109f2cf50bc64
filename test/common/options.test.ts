import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { TelltaleError } from '../../src/common/errors.js';
import {
  checkArray,
  checkBoolean,
  checkFunction,
  checkInteger,
  checkMethods,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkString,
} from '../../src/common/options.js';

const anything = (value: unknown) => value as never;

describe('checkOptions', () => {
  it('gives the options, or none', () => {
    const options = { size: 1 };
    expect(checkOptions('Q', options, ['size'])).toBe(options);
    expect(checkOptions<{ size?: number }>('Q', undefined, ['size'])).toEqual({});
  });

  it('refuses what is no object, and names unknown options with those that are known', () => {
    for (const value of [null, 5, 'text', []])
      expect(() => checkOptions('Q', anything(value), [])).toThrow(TelltaleError);
    const check = (key: string) => () =>
      checkOptions('Q', { [key]: 1 } as { interval?: number }, ['interval']);
    expect(check('intervall')).toThrow(/^Q: unknown option "intervall"; accepted: interval$/);
  });

  it('knows its options by their type', () => {
    // @ts-expect-error the interface has no such option
    checkOptions<{ size?: number }>('Q', undefined, ['length']);
    expectTypeOf(checkOptions<{ size?: number }>).returns.toEqualTypeOf<{ size?: number }>();
  });
});

describe('the checks of values', () => {
  it('give the default for undefined, and the value where it is accepted', () => {
    expect(checkNumber('Q', 'n', undefined, 5)).toBe(5);
    expect(checkNumber('Q', 'n', 0.5, 5)).toBe(0.5);
    expect(checkInteger('Q', 'n', 7, 5, { min: 1, max: 7 })).toBe(7);
    expect(checkInteger('Q', 'n', Infinity, 5)).toBe(Infinity);
    expect(checkString('Q', 's', undefined, 'x')).toBe('x');
    expect(checkString('Q', 's', 'given', 'x')).toBe('given');
    expect(checkBoolean('Q', 'b', false, true)).toBe(false);
    expect(checkBoolean('Q', 'b', undefined, true)).toBe(true);
    expect(checkOneOf('Q', 'o', 'b', 'a', ['a', 'b'])).toBe('b');
    const fn = () => {};
    expect(checkFunction('Q', 'f', fn)).toBe(fn);
    expect(checkFunction('Q', 'f', undefined)).toBeUndefined();
  });

  it.each<[() => unknown, string]>([
    [() => checkNumber('Q', 'n', Number.NaN, 5), 'Q: n is NaN; accepted: a number'],
    [() => checkNumber('Q', 'n', -1, 5, { min: 0 }), 'Q: n is -1; accepted: a number of at least 0'],
    [() => checkNumber('Q', 'n', 9, 5, { max: 8 }), 'Q: n is 9; accepted: a number of at most 8'],
    [
      () => checkNumber('Q', 'n', anything('5'), 5, { min: 0, max: 8 }),
      'Q: n is "5"; accepted: a number from 0 to 8',
    ],
    [() => checkInteger('Q', 'n', 1.5, 5), 'Q: n is 1.5; accepted: a whole number'],
    [() => checkInteger('Q', 'n', -Infinity, 5), 'Q: n is -Infinity; accepted: a whole number'],
    [() => checkInteger('Q', 'n', anything(5n), 5), 'Q: n is 5n; accepted: a whole number'],
    [() => checkString('Q', 's', '', 'x'), 'Q: s is ""; accepted: a string that is not empty'],
    [() => checkBoolean('Q', 'b', anything('yes'), true), 'Q: b is "yes"; accepted: true or false'],
    [
      () => checkOneOf<'a' | 'b'>('Q', 'o', anything('c'), 'a', ['a', 'b']),
      'Q: o is "c"; accepted: "a", "b"',
    ],
    [() => checkFunction('Q', 'f', anything(null)), 'Q: f is null; accepted: a function'],
    [
      () => checkMethods('Q', 'm', anything(null), ['run']),
      'Q: m is null; accepted: an object with the methods run',
    ],
    [
      () =>
        checkMethods('Q', 'm', { run() {}, stop: 1 } as unknown as { run(): void; stop(): void }, [
          'run',
          'stop',
        ]),
      'the methods run, stop',
    ],
    [() => checkArray('Q', 'a', anything('x'), () => {}), 'Q: a is "x"; accepted: an array'],
  ])('name what is wrong: %#', (check, message) => {
    expect(check).toThrow(TelltaleError);
    expect(check).toThrow(message);
  });

  it('accept an integer just where it lies within the bounds', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), fc.integer(), (value, min, max) => {
        const check = () => checkInteger('Q', 'n', value, 0, { min, max });
        if (value >= min && value <= max) expect(check()).toBe(value);
        else expect(check).toThrow(TelltaleError);
      }),
    );
  });

  it('check methods on objects and on instances of classes', () => {
    class Exporter {
      export(): void {}
    }
    const exporter = new Exporter();
    expect(checkMethods('Q', 'e', exporter, ['export'])).toBe(exporter);
  });

  it('tell the members of an array their path', () => {
    const paths: string[] = [];
    expect(checkArray('Q', 'list', ['x', 'y'], (member, path) => paths.push(`${path}=${member}`))).toEqual([
      'x',
      'y',
    ]);
    expect(paths).toEqual(['list[0]=x', 'list[1]=y']);
    expect(checkArray('Q', 'list', undefined, () => {})).toEqual([]);
  });
});
