import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digit, hexOfSpan, isId, putHex, TraceIdentity } from '../../src/trace/ids.js';
import { isHexAt, isHexId } from '../../src/trace/propagation/hex-id.js';

const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

function hexOf(...words: number[]): string {
  return words.map((one) => (one >>> 0).toString(16).padStart(8, '0')).join('');
}

describe('the hex digits of ids', () => {
  it('are those of their words, as text and as bytes', () => {
    expect(Array.from({ length: 32 }, (_, bits) => String.fromCharCode(digit(bits))).join('')).toBe(
      '0123456789abcdef0123456789abcdef',
    );
    fc.assert(
      fc.property(word, word, word, word, fc.nat(5), (a, b, c, d, at) => {
        expect(hexOfSpan(a, b)).toBe(hexOf(a, b));
        const identity = new TraceIdentity(a, b, c, d, undefined);
        const bytes = new Uint8Array(48);
        identity.putHex(bytes, at);
        putHex(bytes, at + 32, a);
        expect(Buffer.from(bytes).toString('latin1', at, at + 40)).toBe(hexOf(a, b, c, d, a));
        expect(bytes.subarray(0, at).every((byte) => byte === 0)).toBe(true);
        expect(bytes.subarray(at + 40).every((byte) => byte === 0)).toBe(true);
        expect(identity.hex).toBe(hexOf(a, b, c, d));
        identity.putHex(bytes, at);
        expect(Buffer.from(bytes).toString('latin1', at, at + 40)).toBe(hexOf(a, b, c, d, a));
      }),
    );
  });

  it('are told from anything else', () => {
    const reference = (text: string) => /^[0-9a-f]+$/.test(text) && !/^0+$/.test(text);
    const letters = fc.constantFrom(...'0123456789abcdef/:`gAFG\u0000\u0130\uff10');
    fc.assert(
      fc.property(fc.string({ unit: letters, minLength: 1, maxLength: 6 }), fc.nat(3), (text, before) => {
        expect(isHexAt('x'.repeat(before) + text, before, text.length)).toBe(reference(text));
        expect(isHexId(text, text.length)).toBe(reference(text));
        expect(isId(text, text.length)).toBe(reference(text));
        expect(isHexAt(text, 0, text.length + 1)).toBe(false);
      }),
    );
    for (let code = 0; code < 0x10000; code++) {
      const isDigit = '0123456789abcdef'.includes(String.fromCharCode(code));
      if (isHexAt(`1${String.fromCharCode(code)}`, 0, 2) !== isDigit) expect.fail(`U+${code.toString(16)}`);
    }
  });
});
