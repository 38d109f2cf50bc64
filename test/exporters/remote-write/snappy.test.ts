import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { snappy } from '../../../src/exporters/remote-write/snappy.js';
import { unsnappy } from './unsnappy.js';

const roundTrip = (bytes: Uint8Array) => Buffer.compare(unsnappy(snappy(bytes)), bytes) === 0;

describe('snappy', () => {
  it('is read back, whatever the bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), roundTrip));
    // What repeats itself, near and far.
    const words = fc.array(fc.constantFrom('a', 'bb', 'http_requests_total', '\0', 'status', '200', 'é'), {
      maxLength: 2000,
    });
    fc.assert(fc.property(words, (text) => roundTrip(Buffer.from(text.join('')))));
  });

  it.each([0, 1, 4, 15, 16, 60, 61, 256, 257, 65_535, 65_536, 65_537, 200_000])(
    'takes %i bytes',
    (length) => {
      expect(roundTrip(new Uint8Array(length))).toBe(true);
      let seed = 1;
      const noise = Uint8Array.from({ length }, () => {
        seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
        return seed >>> 24;
      });
      expect(roundTrip(noise)).toBe(true);
      expect(snappy(noise).length).toBeLessThan(length * 1.01 + 32);
    },
  );

  it('makes metrics a fraction of what they were', () => {
    const text = Array.from(
      { length: 2000 },
      (_, i) =>
        `http_request_duration_seconds_bucket{method="GET",route="/orders/${i % 50}",le="0.${i % 9}"} ${i * 7}`,
    ).join('\n');
    const packed = snappy(Buffer.from(text));
    expect(packed.length).toBeLessThan(text.length / 4);
    expect(unsnappy(packed).toString()).toBe(text);
  });
});
