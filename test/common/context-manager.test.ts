import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter, once } from 'node:events';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import type { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { processContexts, rootContext } from '../../src/common/context.js';
import { AsyncLocalContextManager, processContextManager } from '../../src/common/context-manager.js';

const KEY = createContextKey('user');

function open() {
  const manager = new AsyncLocalContextManager();
  const mine = rootContext.setValue(KEY, 'mine');
  return { manager, mine, seen: () => manager.active().getValue(KEY) };
}

describe('AsyncLocalContextManager', () => {
  it('is the root context outside of everything', () => {
    expect(new AsyncLocalContextManager().active()).toBe(ROOT_CONTEXT);
  });

  it('passes this, arguments and results through, and lets errors pass', () => {
    const { manager, mine } = open();
    function add(this: number, a: number, b: number): number {
      return this + a + b;
    }
    expect(manager.with(mine, add, 1 as never, 2, 3)).toBe(6);
    expect(() =>
      manager.with(mine, () => {
        throw new Error('through');
      }),
    ).toThrow('through');
    expect(manager.active()).toBe(ROOT_CONTEXT);
  });

  it('follows await, timers, microtasks, streams and emitters in their own calls', async () => {
    const { manager, mine, seen } = open();
    const all = await manager.with(mine, async () => {
      const found = [seen()];
      await sleep(1);
      found.push(seen());
      await new Promise<void>((resolve) => setImmediate(() => resolve(void found.push(seen()))));
      await new Promise<void>((resolve) => queueMicrotask(() => resolve(void found.push(seen()))));
      await new Promise<void>((resolve) => process.nextTick(() => resolve(void found.push(seen()))));
      const stream = new PassThrough();
      stream.end('x');
      for await (const _ of stream) found.push(seen());
      return found;
    });
    expect(all).toEqual(Array(6).fill('mine'));
    expect(seen()).toBeUndefined();
  });

  it('keeps concurrent work apart, however it is interleaved', async () => {
    const { manager, seen } = open();
    const work = async (id: number): Promise<boolean> => {
      for (let step = 0; step < 5; step++) {
        await sleep((id * 7 + step * 3) % 5);
        if (seen() !== id) return false;
      }
      return true;
    };
    const jobs = Array.from({ length: 50 }, (_, id) =>
      manager.with(rootContext.setValue(KEY, id), () => work(id)),
    );
    expect(await Promise.all(jobs)).toEqual(Array(50).fill(true));
  });

  it('nests', () => {
    const { manager, mine, seen } = open();
    manager.with(mine, () => {
      manager.with(rootContext.setValue(KEY, 'inner'), () => expect(seen()).toBe('inner'));
      expect(seen()).toBe('mine');
    });
  });

  it('binds a function: a pool may call it from anywhere', () => {
    const { manager, mine, seen } = open();
    const bound = manager.bind(mine, function (this: unknown, a: number, b: number) {
      return [this, a, b, seen()];
    });
    const pool = { run: bound };
    expect(pool.run(1, 2)).toEqual([pool, 1, 2, 'mine']);
    expect(bound).toHaveLength(2);
  });

  it('binds an emitter: listeners of every kind run in the context, and can be removed', async () => {
    const { manager, mine, seen } = open();
    const emitter = manager.bind(mine, new EventEmitter());
    const found: unknown[] = [];
    const listener = () => void found.push(seen());
    emitter.on('x', listener);
    emitter.addListener('x', listener);
    emitter.prependListener('x', listener);
    emitter.once('x', listener);
    emitter.emit('x');
    expect(found).toEqual(['mine', 'mine', 'mine', 'mine']);
    emitter.off('x', listener);
    emitter.removeListener('x', listener);
    emitter.off('x', listener);
    emitter.emit('x');
    expect(found).toHaveLength(4);
    const waiting = once(emitter, 'y');
    emitter.emit('y', 1);
    expect(await waiting).toEqual([1]);
    emitter.once('z', listener);
    emitter.off('z', listener);
    emitter.emit('z');
    expect(found).toHaveLength(4);
  });

  it('binds iterators, generators and their asynchronous kin', async () => {
    const { manager, mine, seen } = open();
    const found: unknown[] = [];
    function* generator() {
      try {
        found.push(seen());
        yield 1;
        found.push(seen());
        yield 2;
      } finally {
        found.push(seen());
      }
    }
    for (const value of manager.bind(mine, generator())) if (value === 2) break;
    expect(found).toEqual(['mine', 'mine', 'mine']);
    async function* asynchronous() {
      await sleep(1);
      found.push(seen());
      yield 1;
    }
    for await (const _ of manager.bind(mine, asynchronous()));
    expect(found).toHaveLength(4);
    expect(found[3]).toBe('mine');
  });

  it('gives any other target back as it is', () => {
    const { manager, mine } = open();
    for (const target of [1, 'x', null, undefined, {}, [1], Symbol.iterator]) {
      expect(manager.bind(mine, target)).toBe(target);
    }
  });

  it('forgets the context when it is disabled, and can be used again', () => {
    const { manager, mine, seen } = open();
    manager.with(mine, () => {
      manager.disable();
      expect(seen()).toBeUndefined();
    });
    manager.enable().with(mine, () => expect(seen()).toBe('mine'));
  });

  it('takes a storage that the host has already', () => {
    const storage = new AsyncLocalStorage<never>();
    const manager = new AsyncLocalContextManager(storage);
    manager.with(rootContext, () => expect(storage.getStore()).toBe(rootContext));
  });

  it('is what OpenTelemetry calls a context manager', () => {
    expectTypeOf<AsyncLocalContextManager>().toExtend<
      Pick<AsyncLocalStorageContextManager, 'active' | 'with' | 'bind'>
    >();
  });

  it('is one for the whole process', () => {
    expect(processContextManager()).toBe(processContextManager());
  });

  it('sees what a tracer or a logger without a manager makes current, and the other way round', () => {
    const mine = rootContext.setValue(KEY, 'mine');
    processContexts().with(mine, () => expect(processContextManager().active()).toBe(mine));
    const bound = processContextManager().bind(mine, () => processContexts().active());
    expect(bound()).toBe(mine);
  });
});
