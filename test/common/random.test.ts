import { describe, expect, it } from 'vitest';
import { cryptoRandom, type RandomSource, seededRandom } from '../../src/common/random.js';

describe.each<[string, () => RandomSource]>([
  ['cryptoRandom', cryptoRandom],
  ['seededRandom', () => seededRandom(42)],
])('%s', (_name, make) => {
  it('gives 32-bit numbers, spread over all bits', () => {
    const random = make();
    const ones = new Array<number>(32).fill(0);
    const draws = 40_000; // more than the pool holds
    for (let i = 0; i < draws; i++) {
      const number = random.int32();
      if (number !== (number | 0)) expect.fail(`${number} has more than 32 bits`);
      for (let bit = 0; bit < 32; bit++) ones[bit]! += (number >>> bit) & 1;
    }
    // Six standard deviations of a fair coin: 6 × √40,000 ÷ 2.
    for (const count of ones) expect(Math.abs(count - draws / 2)).toBeLessThan(600);
  });

  it('gives fractions of [0, 1), evenly', () => {
    const random = make();
    const tenths = new Array<number>(10).fill(0);
    for (let i = 0; i < 20_000; i++) {
      const fraction = random.float();
      if (!(fraction >= 0 && fraction < 1)) expect.fail(`${fraction} is outside [0, 1)`);
      tenths[Math.floor(fraction * 10)]!++;
    }
    for (const count of tenths) expect(Math.abs(count - 2000)).toBeLessThan(260);
  });
});

describe('sources', () => {
  it('of the same seed agree, of another differ', () => {
    const draw = (seed: number) => {
      const random = seededRandom(seed);
      return Array.from({ length: 20 }, () => random.int32());
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('of the operating system’s chance repeat nothing', () => {
    const random = cryptoRandom();
    const other = cryptoRandom();
    const seen = new Set(Array.from({ length: 10_000 }, () => `${random.int32()},${other.int32()}`));
    expect(seen.size).toBe(10_000);
  });
});
