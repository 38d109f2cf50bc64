import { describe, expect, expectTypeOf, it } from 'vitest';
import { Counter } from '../../src/metrics/index.js';
import { testRegistry } from './setup.js';

const OPTIONS = { name: 'requests_total', help: 'Requests.', labelNames: ['method', 'status'] as const };

function setup(options = {}) {
  const made = testRegistry(options);
  const counter = new Counter({ ...OPTIONS, registers: [made.registry] });
  const text = async () =>
    (await made.registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return { ...made, counter, text };
}

describe('counting', () => {
  it('counts by labels of any primitive type, in any order, as one series', async () => {
    const { counter, text } = setup();
    counter.inc({ method: 'GET', status: 200 });
    counter.inc({ status: '200', method: 'GET' }, 2.5);
    counter.labels('GET', '200').inc();
    counter.labels({ method: 'GET', status: 200 }).inc();
    expect(await text()).toEqual(['requests_total{method="GET",status="200"} 5.5']);
  });

  it('begins at zero without labels, and is not there before its first use with labels', async () => {
    const { registry, text } = setup();
    new Counter({ name: 'plain_total', help: 'Plain.', registers: [registry] });
    expect(await text()).toEqual(['plain_total 0']);
  });

  it('takes a missing, null, undefined and empty label for the same thing', async () => {
    const { counter, text } = setup();
    counter.inc({ method: 'GET' });
    counter.inc({ method: 'GET', status: '' });
    counter.inc({ method: 'GET', status: undefined });
    counter.inc({ method: 'GET', status: null });
    counter.labels('GET').inc();
    expect(await text()).toEqual(['requests_total{method="GET"} 5']);
    counter.inc();
    counter.inc(2);
    counter.inc({});
    expect(await text()).toEqual(['requests_total{method="GET"} 5', 'requests_total 4']);
  });

  it('tells apart values that look alike to a cheap hash', async () => {
    const { counter, text } = setup();
    const values = [
      '/aXc',
      '/bXc',
      '/cXc',
      'a',
      'b',
      'ab',
      'ba',
      1,
      2,
      1.5,
      2 ** 32,
      2 ** 32 + 1,
      true,
      false,
    ];
    for (let round = 0; round < 3; round++) {
      for (const method of values) for (const status of values) counter.inc({ method, status });
    }
    const lines = await text();
    expect(lines).toHaveLength(values.length ** 2);
    expect(lines.every((line) => line.endsWith(' 3'))).toBe(true);
  });

  it('keeps the order in which series came', async () => {
    const { counter, text } = setup();
    for (const method of ['b', 'c', 'a']) counter.inc({ method });
    counter.inc({ method: 'a' });
    expect((await text()).map((line) => line[23])).toEqual(['b', 'c', 'a']);
  });

  it('gives its values as prom-client does', async () => {
    const { counter } = setup();
    counter.inc({ method: 'GET' }, 3);
    expect(await counter.get()).toEqual({
      name: 'requests_total',
      help: 'Requests.',
      type: 'counter',
      values: [{ labels: { method: 'GET' }, value: 3 }],
    });
  });
});

describe('handles', () => {
  it('are the same for the same labels', () => {
    const { counter } = setup();
    expect(counter.labels('GET', '200')).toBe(counter.labels({ status: 200, method: 'GET' }));
  });

  it('go on from zero after reset and remove', async () => {
    const { counter, text } = setup();
    const handle = counter.labels('GET', '200');
    handle.inc(7);
    counter.reset();
    expect(await text()).toEqual([]);
    handle.inc();
    expect(await text()).toEqual(['requests_total{method="GET",status="200"} 1']);
    counter.remove('GET', '200');
    expect(await text()).toEqual([]);
    counter.inc({ method: 'GET', status: 200 }, 2);
    handle.inc(3);
    expect(await text()).toEqual(['requests_total{method="GET",status="200"} 5']);
    counter.remove({ method: 'GET', status: 200 });
    counter.remove({ method: 'never' });
    expect(await text()).toEqual([]);
  });

  it('can be shown before anything is counted', async () => {
    const { counter, text } = setup();
    counter.zero({ method: 'GET' });
    expect(await text()).toEqual(['requests_total{method="GET"} 0']);
  });
});

describe('bad data', () => {
  it('leaves out what cannot be counted, and tells so once', async () => {
    const { counter, text, troubles } = setup();
    const bad: unknown[] = [
      -1,
      Number.NaN,
      Infinity,
      -Infinity,
      '5',
      5n,
      {},
      [],
      Symbol('x'),
      () => 1,
      { valueOf: () => 1 },
    ];
    for (const value of bad) {
      counter.inc({ method: 'GET' }, value as number);
      counter.labels('GET').inc(value as number);
    }
    expect(await text()).toEqual(['requests_total{method="GET"} 0']);
    expect(troubles.map(({ code, subject }) => [code, subject])).toEqual([
      ['invalid_value', 'requests_total'],
    ]);
  });

  it('stays finite when a sum would not', async () => {
    const { counter, text } = setup();
    counter.inc(Number.MAX_VALUE);
    counter.inc(Number.MAX_VALUE);
    expect(await text()).toEqual([`requests_total ${Number.MAX_VALUE}`]);
  });

  it('leaves out unknown labels, and tells so once', async () => {
    const { counter, text, troubles } = setup();
    for (let i = 0; i < 3; i++) counter.inc({ method: 'GET', path: i } as never);
    counter.labels(...(['GET', '200', 'more'] as never[])).inc();
    expect(await text()).toEqual([
      'requests_total{method="GET"} 3',
      'requests_total{method="GET",status="200"} 1',
    ]);
    expect(troubles).toHaveLength(1);
    expect(troubles[0]!.message).toContain('"path" is not declared');
    expect(troubles[0]!.message).toContain('method, status');
  });

  it('takes any label value at all', async () => {
    const { counter, registry } = setup();
    const loop: Record<string, unknown> = {};
    loop.loop = loop;
    const hostile: unknown[] = [
      10n,
      Symbol('s'),
      loop,
      [1, 2],
      new Date(0),
      () => 1,
      Object.create(null),
      new Proxy({}, { get: () => fail() }),
      'x'.repeat(10_000_000),
      '\ud800',
      Number.NaN,
      -0,
    ];
    for (const method of hostile) for (let i = 0; i < 2; i++) counter.inc({ method } as never);
    const { values } = await counter.get();
    expect(values.map(({ value }) => value)).toEqual(
      values.map(({ labels }) => (labels.method === 'unreadable' ? 4 : 2)),
    );
    expect((await registry.metrics()).length).toBeLessThan(10_000);
  });

  it('takes label objects that are traps', async () => {
    const { counter, text } = setup();
    const getter = {
      get method() {
        throw new Error('no');
      },
    };
    const huge = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, i]));
    const reentrant = {
      get method() {
        counter.inc({ method: 'inner', status: 1 });
        return 'outer';
      },
      status: 2,
    };
    for (let i = 0; i < 3; i++) {
      counter.inc(getter as never);
      counter.inc({ ...huge, method: 'huge' } as never);
      counter.inc(new Proxy({}, { ownKeys: () => fail(), get: () => fail() }) as never);
      counter.inc(null as never);
      counter.inc(reentrant as never);
    }
    const lines = await text();
    expect(lines).toContain('requests_total 9');
    expect(lines).toContain('requests_total{method="huge"} 3');
    expect(lines).toContain('requests_total{method="outer",status="2"} 3');
  });

  it('throws in a strict registry where prom-client does', () => {
    const { counter } = setup({ strict: true });
    expect(() => counter.inc({ path: 1 } as never)).toThrow(/"path" is not declared/);
    expect(() => counter.inc(-1)).toThrow(/-1 is left out; accepted: a finite number of at least 0/);
    expect(() => counter.labels(...(['a', 'b', 'c'] as never[]))).toThrow(/"c" is not declared/);
  });

  it('refuses wrong options, naming what is accepted', () => {
    const make = (options: object) => () => new Counter(options as never);
    expect(make({ help: 'x' })).toThrow(/Counter: name is undefined; accepted/);
    expect(make({ name: '1x', help: 'x' })).toThrow(/name is "1x"/);
    expect(make({ name: 'x' })).toThrow(/Counter x: help is undefined/);
    expect(make({ name: 'x', help: 'x', labelNames: ['a-b'] })).toThrow(/labelNames\[0\] is "a-b"/);
    expect(make({ name: 'x', help: 'x', labelNames: ['__a'] })).toThrow(/labelNames\[0\]/);
    expect(make({ name: 'x', help: 'x', labelNames: ['a', 'a'] })).toThrow(/differ/);
    expect(make({ name: 'x', help: 'x', labelNames: 'a' })).toThrow(/labelNames is "a"/);
    expect(make({ name: 'x', help: 'x', labels: ['a'] })).toThrow(/unknown option "labels"/);
    expect(make({ name: 'x', help: 'x', registers: [{}] })).toThrow(/registers\[0\].*a Registry/);
    expect(make({ name: 'x', help: 'x', maxSeries: 0 })).toThrow(/maxSeries is 0/);
    expect(make({ name: 'x', help: 'x', collect: 1 })).toThrow(/collect is 1/);
  });
});

describe('the limit of series', () => {
  it('sends what is beyond to one overflow series, and warns once of the most diverse label', async () => {
    const { registry, troubles } = testRegistry({ maxSeries: 10 });
    const counter = new Counter({ ...OPTIONS, registers: [registry] });
    for (let i = 0; i < 1000; i++) counter.inc({ method: i % 2 === 0 ? 'GET' : 'PUT', status: i });
    counter.inc({ method: 'GET', status: 0 }, 5);
    const { values } = await counter.get();
    expect(values).toHaveLength(11);
    expect(values[0]).toEqual({ labels: { method: 'GET', status: '0' }, value: 6 });
    expect(values.at(-1)).toEqual({ labels: { otel_metric_overflow: 'true' }, value: 990 });
    expect(troubles).toHaveLength(1);
    expect(troubles[0]!.message).toMatch(/requests_total: the limit of 10 series.*status has 10 values/);
    expect(await registry.metrics()).toContain('requests_total{otel_metric_overflow="true"} 990\n');
  });

  it('makes room again when series are removed, and counts late handles as overflow when there is none', async () => {
    const { registry } = testRegistry();
    const counter = new Counter({ ...OPTIONS, maxSeries: 2, registers: [registry] });
    const first = counter.labels('a');
    counter.labels('b');
    counter.remove('a');
    counter.inc({ method: 'c' });
    first.inc(4);
    expect((await counter.get()).values.at(-1)).toEqual({
      labels: { otel_metric_overflow: 'true' },
      value: 4,
    });
    counter.remove('b');
    first.inc(2);
    expect((await counter.get()).values).toContainEqual({ labels: { method: 'a' }, value: 2 });
    counter.reset();
    expect((await counter.get()).values).toEqual([]);
  });
});

describe('types', () => {
  it('knows the names of labels', () => {
    const { counter, registry } = setup();
    expectTypeOf(counter).toEqualTypeOf<Counter<'method' | 'status'>>();
    counter.inc({ method: 'GET', status: 200 });
    // @ts-expect-error not a declared name
    counter.inc({ path: '/' });
    // @ts-expect-error not a text, number or boolean
    counter.inc({ method: {} });
    const plain = new Counter({ name: 'plain_total', help: 'Plain.' });
    plain.inc();
    plain.inc({}, 2);
    // @ts-expect-error has no labels
    plain.inc({ method: 'GET' });
    // @ts-expect-error help is missing
    expect(() => new Counter({ name: 'x' })).toThrow();
    const inline = new Counter({ name: 'i_total', help: 'i', labelNames: ['a'], registers: [registry] });
    expectTypeOf(inline).toEqualTypeOf<Counter<'a'>>();
    const names: string[] = ['any'];
    expectTypeOf(new Counter({ name: 'n_total', help: 'n', labelNames: names })).toEqualTypeOf<
      Counter<string>
    >();
    const general: Counter<string> = counter;
    expect(general.name).toBe('requests_total');
  });
});

function fail(): never {
  throw new Error('not to be read');
}
