import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelPair, labelsOf, labelText, MAX_LABEL_LENGTH } from '../../src/metrics/labels.js';

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('\n', '\\', '"', '{', '}', ',', '=', ' ', 'n', 'a="', '\u2028', '\r') }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
);

describe('labels', () => {
  it('are read back from the text as they were written', () => {
    const name = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_]{0,10}$/);
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, hostile), { selector: ([key]) => key }), (given) => {
        const pairs = given.map(([key, value]) => [key, labelText(value)] as const);
        const text = `${pairs.map((pair) => labelPair(...pair)).join(',')}} `;
        expect(Object.entries(labelsOf(text)).sort()).toEqual([...pairs].sort());
      }),
    );
  });

  it('are made of any value, well formed and no longer than the limit', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), hostile), (value) => {
        const text = labelText(value);
        expect(text).not.toMatch(/\p{Surrogate}/u);
        expect(text.length).toBeLessThanOrEqual(MAX_LABEL_LENGTH);
      }),
    );
    const long = labelText(`${'x'.repeat(MAX_LABEL_LENGTH - 1)}😀`);
    expect(long).toHaveLength(MAX_LABEL_LENGTH);
    expect(long.endsWith('x\ufffd')).toBe(true);
  });
});
