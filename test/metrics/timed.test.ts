import { transformSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { type Histogram, Timer, timed } from '../../src/metrics/index.js';
import { testRegistry } from './setup.js';

function setup() {
  const made = testRegistry();
  const timer = new Timer({ name: 't_seconds', help: 't', labelNames: ['a'], registers: [made.registry] });
  const histogram = timer.metric as Histogram<'a'>;
  const seen = () => histogram.series().map(({ text, count, sum }) => [text, count, sum]);
  return { ...made, timer, histogram, seen };
}

describe('timed', () => {
  it('is a decorator of methods, sync and async', async () => {
    const { timer, clock, seen } = setup();
    // The syntax is newer than what runs the tests.
    const { code } = transformSync(
      `class Orders {
        prefix = 'order ';
        @timed(timer, { a: 'find' })
        find(id) { clock.advanceSync(2000); return this.prefix + id; }
        @timed(timer, (id) => ({ a: id }))
        async load(id) { await clock.advance(3000); return id; }
      }`,
      { target: 'es2022' },
    );
    const Orders = new Function('timed', 'timer', 'clock', `${code}; return Orders;`)(timed, timer, clock);
    const orders = new Orders();
    expect(orders.find('7')).toBe('order 7');
    expect(await orders.load('8')).toBe('8');
    expect(seen()).toEqual([
      ['a="find"} ', 1, 2],
      ['a="8"} ', 1, 3],
    ]);
    expect([orders.find.name, orders.load.length]).toEqual(['find', 1]);
  });

  it('is a decorator under experimentalDecorators', () => {
    const { histogram, seen } = setup();
    class Old {
      run(): number {
        return 1;
      }
    }
    const descriptor = Object.getOwnPropertyDescriptor(Old.prototype, 'run')!;
    Object.defineProperty(Old.prototype, 'run', timed(histogram)(Old.prototype, 'run', descriptor));
    expect(new Old().run()).toBe(1);
    expect(seen()).toEqual([['', 1, 0]]);
  });

  it('wraps functions, and records those that throw', async () => {
    const { timer, seen } = setup();
    const divide = timed(timer)((a: number, b: number): number => {
      if (b === 0) throw new RangeError('by zero');
      return a / b;
    });
    expect(divide(6, 3)).toBe(2);
    expect(() => divide(1, 0)).toThrow('by zero');
    const reject = timed(timer)(async () => Promise.reject(new Error('late')));
    await expect(reject()).rejects.toThrow('late');
    expect(seen()).toEqual([['', 3, 0]]);
  });

  it('leaves out labels that cannot be had', () => {
    const { timer, seen } = setup();
    const bad = timed(timer, () => {
      throw new Error('no');
    })(() => 5);
    expect(bad()).toBe(5);
    expect(seen()).toEqual([['', 1, 0]]);
  });

  it('knows the types', () => {
    const { timer } = setup();
    const add = timed(timer)((a: number, b: number) => a + b);
    const sum: number = add(1, 2);
    expect(sum).toBe(3);
    // @ts-expect-error not a number
    add('1', 2);
    // @ts-expect-error not a label
    timed(timer, { b: 'x' });
  });
});
