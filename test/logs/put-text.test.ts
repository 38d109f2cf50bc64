import fc from 'fast-check';
import { expect, it } from 'vitest';
import { KeyTable } from '../../src/logs/key-table.js';
import { LineBuffer } from '../../src/logs/line-buffer.js';
import { putNumber, putPacked, putString } from '../../src/logs/put-text.js';

function said(put: (buffer: LineBuffer, at: number) => number, at = 0): string {
  const buffer = new LineBuffer();
  // As a key or a comma does before every value.
  buffer.room(at, 0);
  const end = put(buffer, at);
  return buffer.bytes.toString('utf8', at, end);
}

const texts = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 120 }),
  // Half a surrogate pair included.
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
  // Nearly all of it plain, with the one character that is not at any place among the four.
  fc.tuple(fc.nat(60), fc.integer({ min: 0, max: 0x17f }), fc.nat(60)).map(([before, unit, behind]) => {
    return `${'a'.repeat(before)}${String.fromCharCode(unit)}${'z'.repeat(behind)}`;
  }),
);

it('a string is written as JSON.stringify writes it', () => {
  fc.assert(
    fc.property(texts, fc.nat(70_000), (text, at) => {
      expect(JSON.parse(said((buffer, from) => putString(buffer, from, text), at))).toBe(text);
      // Half a surrogate pair as an escape, for a line is valid UTF-8.
      // Control characters too, and half a surrogate pair as an escape, for a line is valid UTF-8.
      expect(said((buffer, from) => putString(buffer, from, text))).toBe(JSON.stringify(text));
    }),
    { numRuns: 2000 },
  );
});

it('a number is written as JavaScript prints it', () => {
  const numbers = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.integer({ min: 0, max: 2_000_000_000 }).map((n) => n / 1000),
    fc.integer({ min: 0, max: 200_000_000 }).map((n) => n / 100),
    fc.integer({ min: 0, max: 10_000_000 }).map((n) => n / 10_000),
    fc.integer({ min: 0, max: 2_000_000_000 }).map((n) => n * 0.001),
    fc.constantFrom(...[0, 4, 8, 9].flatMap((power) => [10 ** power - 1, 10 ** power, 10 ** power + 0.001])),
  );
  fc.assert(
    fc.property(numbers, (value) => {
      expect(said((buffer, at) => putNumber(buffer, at, value))).toBe(String(value));
    }),
    { numRuns: 5000 },
  );
  expect([Number.NaN, Infinity].map((value) => said((buffer, at) => putNumber(buffer, at, value)))).toEqual([
    '"NaN"',
    '"Infinity"',
  ]);
});

it('a key is found whichever key came before it', () => {
  const names = fc.constantFrom('a', 'b', 'level', 'level_', 'a "quoted" one', 'ключ', 'x'.repeat(150));
  fc.assert(
    fc.property(fc.array(fc.array(names, { maxLength: 6 }), { maxLength: 20 }), (lines) => {
      const table = new KeyTable(/^level_*$/);
      for (const line of lines) {
        let packed = table.start;
        for (const name of line) {
          packed = table.after(packed, name);
          const key = name.startsWith('level') ? `${name}_` : name;
          expect(said((buffer, at) => putPacked(buffer, at, packed))).toBe(`,${JSON.stringify(key)}:`);
        }
      }
    }),
  );
});
