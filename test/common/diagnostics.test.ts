import { describe, expect, it } from 'vitest';
import { type Diagnostic, Diagnostics, messageOf } from '../../src/common/diagnostics.js';
import { FakeClock } from '../../src/testing/fake-clock.js';

function open(interval?: number) {
  const clock = new FakeClock();
  const told: Diagnostic[] = [];
  const handler = (diagnostic: Diagnostic) => void told.push(diagnostic);
  return {
    clock,
    told,
    diagnostics: new Diagnostics({ clock, handler, ...(interval === undefined ? {} : { interval }) }),
  };
}

describe('Diagnostics.report', () => {
  it('tells the first time, then once in an interval with the count', async () => {
    const { clock, told, diagnostics } = open(1000);
    const error = new Error('why');
    for (let i = 0; i < 5; i++) diagnostics.report('queue_full', 'spans', 'it is full', error);
    expect(told).toEqual([{ code: 'queue_full', subject: 'spans', message: 'it is full', count: 1, error }]);
    await clock.advance(999);
    diagnostics.report('queue_full', 'spans', 'still');
    expect(told).toHaveLength(1);
    await clock.advance(1);
    diagnostics.report('queue_full', 'spans', 'still');
    expect(told[1]).toMatchObject({ message: 'still', count: 6 });
  });

  it('tells each code and subject apart', () => {
    const { told, diagnostics } = open();
    diagnostics.report('a', 'x', '1');
    diagnostics.report('a', 'y', '2');
    diagnostics.report('b', 'x', '3');
    diagnostics.report('a', 'x', '4');
    expect(told.map(({ message }) => message)).toEqual(['1', '2', '3']);
  });

  it('counts every time, told or not', () => {
    const { diagnostics } = open();
    for (let i = 0; i < 7; i++) diagnostics.report('a', 'x', 'm');
    expect([...diagnostics.counters()]).toMatchObject([
      { name: 'telltale_troubles_total', labels: { code: 'a' }, value: 7 },
    ]);
  });

  it('is not led astray by the wall clock', async () => {
    const { clock, told, diagnostics } = open(1000);
    diagnostics.report('a', 'x', 'm');
    clock.set(0);
    diagnostics.report('a', 'x', 'm');
    await clock.advance(1000);
    diagnostics.report('a', 'x', 'm');
    expect(told).toHaveLength(2);
  });

  it('remembers no more subjects than it should, whatever comes from outside', () => {
    const { told, diagnostics } = open();
    for (let i = 0; i < 5000; i++) diagnostics.report('a', `subject ${i}`, 'm');
    expect(told).toHaveLength(1000);
    expect([...diagnostics.counters()][0]!.value).toBe(5000);
  });

  it('survives a handler that throws', () => {
    const diagnostics = new Diagnostics({
      handler: () => {
        throw new Error('handler');
      },
    });
    expect(() => diagnostics.report('a', 'x', 'm')).not.toThrow();
  });

  it('tells by a process warning unless told otherwise', async () => {
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    new Diagnostics().report('queue_full', 'spans', 'it is full', new Error('why'));
    expect(await warned).toMatchObject({
      name: 'TelltaleWarning',
      code: 'queue_full',
      message: 'it is full: why',
    });
  });
});

describe('Diagnostics.counter', () => {
  it('gives the same counter for the same name and labels, in whatever order', () => {
    const { diagnostics } = open();
    const counter = diagnostics.counter('c', 'help', { a: '1', b: '2' });
    counter.value += 3;
    expect(diagnostics.counter('c', 'help', { b: '2', a: '1' })).toBe(counter);
    expect(diagnostics.counter('c', 'help', { a: '1' })).not.toBe(counter);
    expect(diagnostics.counter('c', 'help')).not.toBe(counter);
    expect([...diagnostics.counters()].map(({ value }) => value)).toEqual([3, 0, 0]);
  });
});

describe('messageOf', () => {
  it('says something of whatever was thrown', () => {
    expect(messageOf(new Error('why'))).toBe('why');
    expect(messageOf('text')).toBe('text');
    expect(messageOf(undefined)).toBe('undefined');
    expect(messageOf(Object.create(null))).toBe('an error that cannot be read');
    const bad = new Error();
    Object.defineProperty(bad, 'message', {
      get() {
        throw new Error('no');
      },
    });
    expect(messageOf(bad)).toBe('an error that cannot be read');
  });
});
