import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptsGzip } from '../../../src/exporters/prometheus/encoding.js';

describe('acceptsGzip', () => {
  it.each([
    ['gzip', true],
    ['GZIP', true],
    ['x-gzip', true],
    ['deflate, gzip;q=0.1', true],
    ['*', true],
    ['br;q=1, *;q=0.5', true],
    ['', false],
    ['identity', false],
    ['gzip;q=0', false],
    ['gzip; q=0.000, *', false],
    ['*;q=0', false],
    ['gzip;q=high', false],
    ['gzipped', false],
  ])('%j: %s', (header, accepted) => {
    expect(acceptsGzip(header)).toBe(accepted);
  });

  it('takes any text at all', () => {
    fc.assert(fc.property(fc.string(), (header) => typeof acceptsGzip(header) === 'boolean'));
  });
});
