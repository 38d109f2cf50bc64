import {
  baggageEntryMetadataFromString,
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
} from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { suppressTelemetry } from '../../../src/common/suppression.js';
import { W3CBaggagePropagator } from '../../../src/trace/index.js';

const propagator = new W3CBaggagePropagator();

function read(baggage: unknown): [string, string, string?][] {
  const context = propagator.extract(ROOT_CONTEXT, { baggage }, defaultTextMapGetter);
  const entries = propagation.getBaggage(context)?.getAllEntries() ?? [];
  return entries.map(([key, { value, metadata }]) =>
    metadata === undefined ? [key, value] : [key, value, metadata.toString()],
  );
}

function write(entries: Record<string, { value: string; metadata?: string }>): string | undefined {
  const baggage = propagation.createBaggage(
    Object.fromEntries(
      Object.entries(entries).map(([key, { value, metadata }]) => [
        key,
        metadata === undefined ? { value } : { value, metadata: baggageEntryMetadataFromString(metadata) },
      ]),
    ),
  );
  const headers: Record<string, string> = {};
  propagator.inject(propagation.setBaggage(ROOT_CONTEXT, baggage), headers, defaultTextMapSetter);
  return headers.baggage;
}

describe('baggage', () => {
  it('is read with its properties, percent-decoded, from one header or several', () => {
    expect(
      read('key1=value1;property1;property2, key2 = value2, key3=value3; propertyKey=propertyValue'),
    ).toEqual([
      ['key1', 'value1', 'property1;property2'],
      ['key2', 'value2'],
      ['key3', 'value3', 'propertyKey=propertyValue'],
    ]);
    expect(read('am%C3%A9lie=caf%C3%A9%2C%20noir')).toEqual([['amélie', 'café, noir']]);
    expect(read(['a=1', 'b=2'])).toEqual([
      ['a', '1'],
      ['b', '2'],
    ]);
    expect(read('a=,b==x=')).toEqual([
      ['a', ''],
      ['b', '=x='],
    ]);
  });

  it('leaves out members that are malformed, and keeps the rest', () => {
    expect(read('a=1,,b,=c,d e=1,f="1",g=\u00e9,h=%E0%A4%A,__proto__=x,z=26')).toEqual([
      ['a', '1'],
      ['h', '%E0%A4%A'],
      ['__proto__', 'x'],
      ['z', '26'],
    ]);
    for (const nothing of ['', ',', 'a', undefined, null, 42, {}, []]) expect(read(nothing)).toEqual([]);
  });

  it('holds to the limits on the way in', () => {
    const many = Array.from({ length: 300 }, (_, i) => `k${i}=v`).join(',');
    expect(read(many)).toHaveLength(180);
    expect(read(`a=${'x'.repeat(4096)},b=1`)).toEqual([['b', '1']]);
    const large = Array.from({ length: 4 }, (_, i) => `k${i}=${'x'.repeat(4000)}`).join(',');
    expect(read(large)).toHaveLength(2);
    expect(read(`${'a=1,'.repeat(1_000_000)}`)).toEqual([['a', '1']]);
  });

  it('holds to the limits on the way out, and drops what no header can carry', () => {
    expect(write({ a: { value: 'x y', metadata: 'p=1' }, ü: { value: '1,2;3' } })).toBe(
      'a=x%20y;p=1,%C3%BC=1%2C2%3B3',
    );
    expect(write({ '': { value: '1' }, bad: { value: '\ud800' } })).toBeUndefined();
    expect(write({ a: { value: '1', metadata: 'line\r\nbreak' } })).toBe('a=1');
    expect(write({ a: { value: '1', metadata: 'b=2,c=3' } })).toBe('a=1');
    expect(write({ big: { value: 'x'.repeat(5000) }, small: { value: '1' } })).toBe('small=1');
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, { value: 'v' }]));
    expect(write(many)!.split(',')).toHaveLength(180);
    const large = Object.fromEntries(
      Array.from({ length: 9 }, (_, i) => [`k${i}`, { value: 'x'.repeat(1000) }]),
    );
    expect(write(large)!.length).toBeLessThanOrEqual(8192);
  });

  it('survives the way out and in', () => {
    const texts = fc.string({ unit: 'grapheme', maxLength: 20 });
    const entries = fc.dictionary(
      texts.filter((key) => key !== ''),
      texts.map((value) => ({ value })),
      { maxKeys: 10 },
    );
    fc.assert(
      fc.property(entries, (given) => {
        const expected = Object.entries(given).map(([key, { value }]) => [key, value]);
        expect(read(write(given))).toEqual(expected);
      }),
    );
  });

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.anything(), fc.array(fc.anything())),
        (header) => void read(header),
      ),
    );
  });

  it('is not written where telemetry is suppressed', () => {
    const baggage = propagation.createBaggage({ a: { value: '1' } });
    const headers = {};
    const context = suppressTelemetry(propagation.setBaggage(ROOT_CONTEXT, baggage));
    propagator.inject(context, headers, defaultTextMapSetter);
    propagator.inject(ROOT_CONTEXT, headers, defaultTextMapSetter);
    expect(headers).toEqual({});
    expect(propagator.fields()).toEqual(['baggage']);
  });
});
