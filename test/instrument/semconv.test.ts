import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  errorType,
  parseHost,
  redactQuery,
  redactUrl,
  SENSITIVE_QUERY_PARAMETERS,
} from '../../src/instrument/semconv.js';
import { pathOf, queryOf } from '../../src/instrument/server/attributes.js';

const sensitive = new Set(SENSITIVE_QUERY_PARAMETERS);

describe('redactQuery', () => {
  it.each([
    ['', ''],
    ['a=1&b=2', 'a=1&b=2'],
    ['sig=abc', 'sig=REDACTED'],
    ['a=1&sig=abc&b=2', 'a=1&sig=REDACTED&b=2'],
    ['Signature=a=b=c&sig=', 'Signature=REDACTED&sig=REDACTED'],
    ['SIG=kept&sig', 'SIG=kept&sig'],
    ['s%69g=hidden', 's%69g=REDACTED'],
    ['%ZZ=1&&=&sig=x', '%ZZ=1&&=&sig=REDACTED'],
  ])('%j', (query, clean) => {
    expect(redactQuery(query, sensitive)).toBe(clean);
  });

  it('never shows the value, and leaves everything else as it was', () => {
    const name = fc.constantFrom('a', 'b c', 'sig', 'Signature', 'X-Amz-Signature', 'ä', '');
    const parameters = fc.array(fc.tuple(name, fc.string({ unit: 'grapheme' })));
    fc.assert(
      fc.property(parameters, (pairs) => {
        const query = pairs
          .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
          .join('&');
        const clean = [...new URLSearchParams(redactQuery(query, sensitive))];
        const given = [...new URLSearchParams(query)];
        expect(clean).toEqual(given.map(([key, value]) => [key, sensitive.has(key) ? 'REDACTED' : value]));
      }),
    );
  });

  it('takes anything', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (query) => {
        expect(redactQuery(redactQuery(query, sensitive), sensitive)).toBe(redactQuery(query, sensitive));
      }),
    );
  });
});

describe('redactUrl', () => {
  it('hides credentials and signatures', () => {
    expect(redactUrl(new URL('http://u:p@host:81/a?sig=1&b=2#f'), sensitive)).toBe(
      'http://REDACTED:REDACTED@host:81/a?sig=REDACTED&b=2#f',
    );
  });

  it('leaves every other URL as it is', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (text) => {
        const { href } = new URL(text);
        // An empty query or fragment is dropped.
        fc.pre(!/\?(?:#|$)|#$/.test(href));
        expect(redactUrl(new URL(text), new Set())).toBe(href);
      }),
    );
  });
});

describe('parseHost', () => {
  it.each([
    ['example.com', 'example.com', undefined],
    ['example.com:8080', 'example.com', 8080],
    ['[::1]:80', '[::1]', 80],
    ['[::1]', '[::1]', undefined],
    ['host:', 'host', undefined],
    ['host:0', 'host', undefined],
    ['host:99999', 'host', undefined],
    ['host:8e3', 'host', 8000],
    ['', '', undefined],
  ])('%j', (host, address, port) => {
    expect(parseHost(host)).toEqual({ address, port });
  });
});

describe('the target of a request', () => {
  it.each([
    ['/a/b?x=1?y', '/a/b', 'x=1?y'],
    ['/', '/', ''],
    ['http://host/a?b', '/a', 'b'],
    ['http://host', '/', ''],
    ['http://host?x', '/', 'x'],
    ['*', '*', ''],
    ['', '', ''],
    ['?x', '/', 'x'],
  ])('%j', (target, path, query) => {
    expect([pathOf(target), queryOf(target)]).toEqual([path, query]);
  });

  it('never has a query in its path', () => {
    fc.assert(
      fc.property(fc.string(), (target) => {
        expect(pathOf(target)).not.toContain('?');
      }),
    );
  });
});

describe('errorType', () => {
  class ShopError extends Error {}
  it.each([
    [new TypeError('x'), 'TypeError'],
    [new Error('x'), 'Error'],
    [new ShopError('x'), 'ShopError'],
    [Object.assign(new Error('x'), { code: 'ECONNRESET' }), 'ECONNRESET'],
    [Object.assign(new Error('x'), { code: 5 }), 'Error'],
    ['text', 'string'],
    [null, 'object'],
    [undefined, 'undefined'],
    [{}, 'Object'],
    [Object.create(null), 'Error'],
    [
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('no');
          },
        },
      ),
      '_OTHER',
    ],
  ])('%#', (error, type) => {
    expect(errorType(error)).toBe(type);
  });
});
