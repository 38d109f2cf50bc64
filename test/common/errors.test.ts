import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { invalidOption, describe as say, TelltaleError } from '../../src/common/errors.js';

class Sampler {}

describe('TelltaleError', () => {
  it('names the option, what was given and what is accepted', () => {
    const error = invalidOption('createTelemetry', 'traces.exporters[0]', 5, 'an exporter');
    expect(error).toBeInstanceOf(TelltaleError);
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('TelltaleError');
    expect(error.option).toBe('traces.exporters[0]');
    expect(error.message).toBe('createTelemetry: traces.exporters[0] is 5; accepted: an exporter');
  });
});

describe('what an error says of a value', () => {
  it.each([
    ['text', '"text"'],
    [5n, '5n'],
    [Symbol('s'), 'Symbol(s)'],
    [function named() {}, 'a function (named)'],
    [() => {}, 'a function'],
    [null, 'null'],
    [undefined, 'undefined'],
    [Number.NaN, 'NaN'],
    [new Error('why'), 'the error "why"'],
    [[1, 'a'], '[1,"a"]'],
    [{ a: 1 }, '{"a":1}'],
    [Object.create(null), '{}'],
    [new Sampler(), 'a Sampler'],
    [new Map(), 'a Map'],
  ])('%s', (value, text) => {
    expect(say(value)).toBe(text);
  });

  it('is short, and there whatever the value does when it is read', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    for (const value of [
      cycle,
      revoked.proxy,
      {
        toJSON: () => {
          throw new Error('no');
        },
      },
    ]) {
      expect(say(value)).toBe('a value of type object that cannot be read');
    }
    expect(say('x'.repeat(10_000_000)).length).toBeLessThan(100);
    fc.assert(fc.property(fc.anything(), (value) => say(value).length < 200));
  });
});
