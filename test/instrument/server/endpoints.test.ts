import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Endpoints } from '../../../src/instrument/server/endpoints.js';

describe('what is kept of an endpoint', () => {
  it('is the same endpoint for the same method and route', () => {
    const endpoints = new Endpoints();
    expect(endpoints.of('GET', '/a')).toBe(endpoints.of('GET', '/a'));
    expect(endpoints.of('GET', '/a')).not.toBe(endpoints.of('POST', '/a'));
    expect(endpoints.of('GET', undefined)).not.toBe(endpoints.of('GET', 'undefined'));
    expect(endpoints.of('POST', '/a').spanName).toBe('POST /a');
    expect(endpoints.of('_OTHER', undefined).spanName).toBe('HTTP');
  });

  it('says the same of a duration the first time and from memory', () => {
    const answer = new Endpoints().of('GET', '/orders/:id').answered(200);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 100_000, noNaN: true }), (milliseconds) => {
        const first = answer.message('/orders/7', milliseconds);
        expect(answer.message('/orders/8', milliseconds)).toBe(first);
        const said = Number(/^GET \/orders\/:id 200 (\d+(?:\.\d)?)ms$/.exec(first)![1]);
        expect(Math.abs(said - milliseconds)).toBeLessThanOrEqual(milliseconds < 10 ? 0.0501 : 0.5001);
      }),
    );
    expect(answer.message('', 9.96)).toBe('GET /orders/:id 200 10ms');
    expect(answer.message('', 0)).toBe('GET /orders/:id 200 0ms');
  });

  it('says the path where no route matched, and keeps none of them', () => {
    const answer = new Endpoints().of('GET', undefined).answered(404);
    expect(answer.message('/wp-login.php', 1.23)).toBe('GET /wp-login.php 404 1.2ms');
    expect(answer.message('/other', 1.23)).toBe('GET /other 404 1.2ms');
  });

  it('is bounded: beyond a thousand endpoints all goes on, and nothing more is kept', () => {
    const endpoints = new Endpoints();
    for (let i = 0; i < 2000; i++) {
      const answer = endpoints.of('GET', `/r${i}`).answered(200);
      const tenths = Array.from({ length: 100 }, (_, tenth) => tenth / 10);
      expect(tenths.map((ms) => answer.message('', ms))).toEqual(
        tenths.map((ms) => `GET /r${i} 200 ${ms}ms`),
      );
    }
    expect(endpoints.of('GET', '/r0')).toBe(endpoints.of('GET', '/r0'));
    expect(endpoints.of('GET', '/r1999')).not.toBe(endpoints.of('GET', '/r1999'));
  });
});
