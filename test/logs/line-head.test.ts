import fc from 'fast-check';
import { expect, it } from 'vitest';
import { linePrefixes } from '../../src/logs/line-head.js';

it.each([true, false])(
  'the time in a prefix is that of the clock, in whatever order it moves (iso: %s)',
  (isIso) => {
    const near = Date.UTC(2026, 10, 21, 20, 30);
    const moment = fc.oneof(
      fc.integer({ min: near, max: near + 5_000 }),
      fc.double({ min: near, max: near + 5_000, noNaN: true }),
      fc.integer({ min: -1e12, max: 2e13 }),
      fc.constantFrom(0, 1, 999, 1e12 - 1, 1e12, 1e13 - 1, 1e13, Number.NaN, Infinity),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(moment, fc.integer({ min: 0, max: 1 })), { maxLength: 20 }), (lines) => {
        const prefixes = linePrefixes(isIso, ['info', 'warn']);
        for (const [now, index] of lines) {
          const line = JSON.parse(`${Buffer.from(prefixes(now, index))}""}`);
          const date = new Date(+new Date(now) || 0);
          expect(line).toEqual({
            time: isIso ? date.toISOString() : +date,
            level: ['info', 'warn'][index],
            msg: '',
          });
        }
      }),
    );
  },
);
