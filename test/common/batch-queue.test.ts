import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { BatchQueue, type BatchQueueOptions, type FlushResult } from '../../src/common/batch-queue.js';
import { rootContext } from '../../src/common/context.js';
import { processContextManager } from '../../src/common/context-manager.js';
import { type Diagnostic, Diagnostics } from '../../src/common/diagnostics.js';
import { RetryableExportError } from '../../src/common/export.js';
import { seededRandom } from '../../src/common/random.js';
import { isTelemetrySuppressed } from '../../src/common/suppression.js';
import { FakeClock } from '../../src/testing/fake-clock.js';

interface Setup {
  queue: BatchQueue<number>;
  clock: FakeClock;
  told: Diagnostic[];
  diagnostics: Diagnostics;
}

function setup(
  options: Partial<BatchQueueOptions<number>> & Pick<BatchQueueOptions<number>, 'export'>,
): Setup {
  const clock = new FakeClock();
  const told: Diagnostic[] = [];
  const diagnostics = new Diagnostics({ clock, handler: (diagnostic) => told.push(diagnostic) });
  const queue = new BatchQueue<number>({
    name: 'test',
    clock,
    random: seededRandom(1),
    diagnostics,
    ...options,
  });
  return { queue, clock, told, diagnostics };
}

const sleep = (clock: FakeClock, ms: number) =>
  new Promise<void>((resolve) => void clock.setTimeout(resolve, ms));

function addAll(queue: BatchQueue<number>, from: number, to: number): void {
  for (let item = from; item < to; item++) queue.add(item);
}

function expectBalanced(queue: BatchQueue<number>, given: number): void {
  const { accepted, exported, dropped, queued, inFlight } = queue.stats;
  const lost = Object.values(dropped).reduce((sum, items) => sum + items, 0);
  expect(exported + lost + queued + inFlight).toBe(given);
  expect(accepted).toBe(given);
}

describe('BatchQueue: batches', () => {
  it('sends a full batch at once, in order, and the rest after the interval', async () => {
    const sent: number[][] = [];
    const { queue, clock } = setup({
      export: async (batch) => void sent.push(batch),
      maxBatchItems: 3,
      interval: 1000,
    });
    addAll(queue, 0, 7);
    expect(sent).toEqual([]); // never inside the caller's add
    await clock.advance(0);
    expect(sent).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    await clock.advance(999);
    expect(sent).toHaveLength(2);
    await clock.advance(1);
    expect(sent[2]).toEqual([6]);
    expect(clock.pending).toBe(0);
  });

  it('runs no timer while it is empty', async () => {
    const { queue, clock } = setup({ export: async () => {} });
    expect(clock.pending).toBe(0);
    queue.add(1);
    expect(clock.pending).toBe(1);
    await queue.flush();
    expect(clock.pending).toBe(0);
  });

  it('loses none of 20,000 items in one tick with an exporter that takes 50 ms a batch', async () => {
    const seen = new Set<number>();
    const { queue, clock } = setup({
      export: async (batch) => {
        await sleep(clock, 50);
        for (const item of batch) seen.add(item);
      },
    });
    addAll(queue, 0, 20_000);
    await clock.advance(3000);
    expect(seen.size).toBe(20_000);
    expect(queue.stats).toMatchObject({ accepted: 20_000, exported: 20_000, queued: 0, inFlight: 0 });
  });

  it('loses none of 20,000 items a second for ten seconds', async () => {
    const { queue, clock } = setup({ export: () => sleep(clock, 50) });
    for (let tick = 0; tick < 1000; tick++) {
      addAll(queue, 0, 200);
      await clock.advance(10);
    }
    await clock.advance(2000);
    expect(queue.stats).toMatchObject({ accepted: 200_000, exported: 200_000 });
  });

  it('keeps one export in flight, or as many as asked for', async () => {
    for (const maxInFlight of [1, 3]) {
      let flying = 0;
      let most = 0;
      const { queue, clock } = setup({
        maxInFlight,
        maxBatchItems: 2,
        export: async () => {
          most = Math.max(most, ++flying);
          await sleep(clock, 50);
          flying--;
        },
      });
      addAll(queue, 0, 20);
      await clock.advance(1000);
      expect(most).toBe(maxInFlight);
      expect(queue.stats.exported).toBe(20);
    }
  });

  it('fills the next batch further while a slow export holds the slot', async () => {
    const sizes: number[] = [];
    const { queue, clock } = setup({
      interval: 10,
      export: (batch) => {
        sizes.push(batch.length);
        return sleep(clock, 1000);
      },
    });
    for (let i = 0; i < 101; i++) {
      queue.add(i);
      await clock.advance(10);
    }
    await clock.advance(3000);
    expect(sizes).toEqual([1, 100]);
  });

  it('bounds a batch by bytes; an item larger than a batch travels alone', async () => {
    const sent: number[][] = [];
    const { queue, clock } = setup({
      sizeOf: (item) => item,
      maxBatchBytes: 10,
      export: async (batch) => void sent.push(batch),
    });
    for (const size of [4, 4, 4, 25, 10, 1]) queue.add(size);
    await clock.advance(2000);
    expect(sent).toEqual([[4, 4], [4], [25], [10], [1]]);
    expect(queue.stats.bytes).toBe(0);
  });

  it('runs the exporter outside the context of whoever filled the batch, with telemetry suppressed', async () => {
    const key = Symbol('request');
    const manager = processContextManager();
    let seen: unknown;
    let suppressed = false;
    const { queue } = setup({
      export: async () => {
        seen = manager.active().getValue(key);
        suppressed = isTelemetrySuppressed(manager.active());
      },
    });
    manager.with(rootContext.setValue(key, 'mine'), () => queue.add(1));
    await queue.flush();
    expect(seen).toBeUndefined();
    expect(suppressed).toBe(true);
  });
});

describe('BatchQueue: bounds', () => {
  it('drops the newest by default, counts it and tells once', async () => {
    const { queue, told, diagnostics } = setup({ maxItems: 3, maxBatchItems: 2, export: async () => {} });
    expect([1, 2, 3, 4, 5].map((item) => queue.add(item))).toEqual([true, true, true, false, false]);
    expect(queue.stats.dropped.queue_full).toBe(2);
    expect(told.map(({ code, subject }) => [code, subject])).toEqual([['queue_full', 'test']]);
    const dropped = [...diagnostics.counters()].find((counter) => counter.labels.reason === 'queue_full');
    expect(dropped).toMatchObject({
      name: 'telltale_queue_items_dropped_total',
      labels: { queue: 'test', reason: 'queue_full' },
      value: 2,
    });
  });

  it('drops the oldest where asked to, never what is in flight', async () => {
    const sent: number[][] = [];
    const { queue, clock } = setup({
      maxItems: 4,
      maxBatchItems: 2,
      dropPolicy: 'oldest',
      export: async (batch) => {
        sent.push(batch);
        await sleep(clock, 100);
      },
    });
    addAll(queue, 0, 2);
    await clock.advance(0); // 0 and 1 are in flight
    addAll(queue, 2, 7);
    await clock.advance(1000);
    expect(sent.flat()).toEqual([0, 1, 5, 6]);
    expect(queue.stats.dropped.queue_full).toBe(3);
  });

  it('counts what is in flight against the bounds', async () => {
    const { queue, clock } = setup({
      maxItems: 2,
      dropPolicy: 'oldest',
      export: () => new Promise(() => {}),
    });
    addAll(queue, 0, 2);
    await clock.advance(0);
    expect(queue.add(3)).toBe(false);
    expectBalanced(queue, 3);
  });

  it('bounds bytes, and refuses what could never fit', () => {
    const { queue } = setup({ maxBytes: 100, sizeOf: (item) => item, export: async () => {} });
    expect([60, 30, 20, 101].map((item) => queue.add(item))).toEqual([true, true, false, false]);
    expect(queue.stats).toMatchObject({ bytes: 90, dropped: { queue_full: 1, too_large: 1 } });
  });

  it('keeps its books though items change their size while they wait', async () => {
    let factor = 1;
    const { queue, clock } = setup({
      export: async () => {},
      sizeOf: (item) => {
        if (factor === 0) throw new Error('gone');
        return item * factor;
      },
      maxItems: 4,
      maxBytes: 1_000,
      dropPolicy: 'oldest',
    });
    for (const next of [1, 50, 0, 0.01, 3, 0]) {
      for (let item = 1; item < 8; item++) queue.add(item);
      factor = next;
      expect(queue.stats.bytes).toBeGreaterThanOrEqual(0);
    }
    await queue.flush();
    await clock.advance(0);
    expect(queue.stats).toMatchObject({ bytes: 0, queued: 0 });
    expectBalanced(queue, 42);
  });

  it('survives a sizeOf that throws or makes no sense', async () => {
    const sizes: unknown[] = [Number.NaN, -5, Infinity, 'much', undefined];
    const { queue, clock } = setup({
      export: async () => {},
      sizeOf: (item) => {
        if (item === 5) throw new Error('no size');
        return sizes[item] as number;
      },
    });
    addAll(queue, 0, 6);
    expect(queue.stats).toMatchObject({ bytes: 0, queued: 6 });
    await clock.advance(1000);
    expect(queue.stats.exported).toBe(6);
  });
});

describe('BatchQueue: failures', () => {
  it('retries what is worth it, with the same items, until it goes through', async () => {
    const attempts: number[][] = [];
    const { queue, clock } = setup({
      export: async (batch) => {
        attempts.push([...batch]);
        batch.length = 0; // a rude exporter
        if (attempts.length < 3) throw new RetryableExportError('not now');
      },
    });
    addAll(queue, 0, 3);
    await clock.advance(10_000);
    expect(attempts).toEqual([
      [0, 1, 2],
      [0, 1, 2],
      [0, 1, 2],
    ]);
    expect(queue.stats).toMatchObject({ exported: 3, retried: 6 });
  });

  it('waits at least as long as the back end asked for', async () => {
    let attempts = 0;
    const { queue, clock } = setup({
      export: async () => {
        if (++attempts === 1) throw new RetryableExportError('busy', 20_000);
      },
    });
    queue.add(1);
    await clock.advance(1000);
    void queue.flush(60_000); // does not hurry a pause that was asked for
    await clock.advance(19_999);
    expect(attempts).toBe(1);
    await clock.advance(1);
    expect(attempts).toBe(2);
  });

  it('takes new items meanwhile and gives up after maxElapsed', async () => {
    const { queue, clock, told } = setup({
      retry: { maxElapsed: 60_000 },
      maxBatchItems: 2,
      export: async () => {
        throw new RetryableExportError('down');
      },
    });
    addAll(queue, 0, 2);
    await clock.advance(30_000);
    expect(queue.add(2)).toBe(true);
    expect(queue.stats).toMatchObject({ inFlight: 2, queued: 1 });
    await clock.advance(31_000);
    expect(queue.stats.dropped.retries_exhausted).toBe(2);
    expect(told[0]).toMatchObject({ code: 'export_failed', error: expect.any(RetryableExportError) });
  });

  it('makes no more attempts than allowed', async () => {
    for (const [retry, expected] of [
      [false, 1],
      [{ maxAttempts: 4 }, 4],
    ] as const) {
      let attempts = 0;
      const { queue, clock } = setup({
        retry,
        export: async () => {
          attempts++;
          throw new RetryableExportError('down');
        },
      });
      queue.add(1);
      await clock.advance(100_000);
      expect(attempts).toBe(expected);
      expect(queue.stats.dropped.retries_exhausted).toBe(1);
    }
  });

  it('drops at once what failed for good, and goes on', async () => {
    const failures = [
      () => Promise.reject(new Error('bad request')),
      () => {
        throw new TypeError('thrown at once');
      },
      () => Promise.reject(undefined),
      () =>
        Promise.reject({
          get retryable() {
            throw new Error('unreadable');
          },
        }),
    ];
    let call = 0;
    const { queue, clock } = setup({
      maxBatchItems: 1,
      export: () => failures[call++]?.() ?? Promise.resolve(),
    });
    addAll(queue, 0, failures.length + 1);
    await clock.advance(0);
    await clock.advance(0);
    expect(queue.stats).toMatchObject({ exported: 1, rejected: 4, dropped: { rejected: 4 } });
  });

  it('counts a partial success, whatever number is answered', async () => {
    const answers = [2, 0, -1, 99, Number.NaN, 1.5];
    let call = 0;
    const { queue, clock } = setup({
      maxBatchItems: 4,
      export: async () => ({ rejected: answers[call++]! }),
    });
    addAll(queue, 0, 24);
    for (let turn = 0; turn < 4; turn++) await clock.advance(0);
    expect(queue.stats).toMatchObject({ exported: 24 - 2 - 4 - 1, rejected: 7 });
    expectBalanced(queue, 24);
  });

  it('frees the slot of an exporter that hangs, aborts it, and ignores its late answer', async () => {
    const signals: AbortSignal[] = [];
    const late: (() => void)[] = [];
    const { queue, clock } = setup({
      exportTimeout: 5000,
      maxBatchItems: 1,
      export: (_batch, signal) => {
        signals.push(signal);
        return new Promise((resolve) => late.push(resolve));
      },
    });
    addAll(queue, 0, 2);
    await clock.advance(4999);
    expect(signals).toHaveLength(1);
    await clock.advance(1);
    expect(signals.map((signal) => signal.aborted)).toEqual([true, false]);
    for (const answer of late) answer();
    await clock.advance(0);
    expect(queue.stats).toMatchObject({ exported: 1, dropped: { timeout: 1 } });
  });
});

describe('BatchQueue: flush and shutdown', () => {
  it('flush says what was delivered', async () => {
    const { queue } = setup({ export: async () => ({ rejected: 1 }) });
    addAll(queue, 0, 3);
    expect(await queue.flush()).toEqual({ complete: true, exported: 2, dropped: 1, pending: 0 });
    expect(await queue.flush()).toEqual({ complete: true, exported: 0, dropped: 0, pending: 0 });
  });

  it('flush settles at its deadline, and the items stay', async () => {
    const { queue, clock } = setup({ export: () => sleep(clock, 10_000), maxBatchItems: 2 });
    addAll(queue, 0, 5);
    const flushed = queue.flush(11_000);
    await clock.advance(11_000);
    expect(await flushed).toEqual({ complete: false, exported: 2, dropped: 0, pending: 3 });
    await clock.advance(20_000);
    expect(queue.stats.exported).toBe(5);
  });

  it('flush waits only for what was there when it was called', async () => {
    const { queue, clock } = setup({ export: () => sleep(clock, 100), maxBatchItems: 2 });
    addAll(queue, 0, 2);
    const flushed = queue.flush();
    addAll(queue, 2, 4);
    await clock.advance(150);
    expect(await flushed).toEqual({ complete: true, exported: 2, dropped: 0, pending: 0 });
  });

  it('flush cuts a pause between retries short', async () => {
    let attempts = 0;
    const { queue, clock } = setup({
      retry: { initialDelay: 1e6, maxDelay: 1e6, maxElapsed: 1e9 },
      export: async () => {
        if (++attempts === 1) throw new RetryableExportError('not now');
      },
    });
    queue.add(1);
    await clock.advance(1000);
    expect(await queue.flush()).toMatchObject({ complete: true, exported: 1 });
  });

  it('shutdown sends the rest, refuses what comes later, and may be called again', async () => {
    const sent: number[] = [];
    const { queue } = setup({ export: async (batch) => void sent.push(...batch) });
    addAll(queue, 0, 3);
    const first = queue.shutdown();
    expect(queue.add(3)).toBe(false);
    expect(await first).toEqual({ complete: true, exported: 3, dropped: 0, pending: 0 });
    expect(await queue.shutdown()).toEqual(await first);
    expect(await queue.flush()).toMatchObject({ complete: true });
    expect(sent).toEqual([0, 1, 2]);
    expect(queue.stats.dropped.shutdown).toBe(1);
    expectBalanced(queue, 4);
  });

  it('shutdown drops at its deadline what a hanging exporter holds, and leaves nothing behind', async () => {
    let signal: AbortSignal | undefined;
    const { queue, clock, told } = setup({
      maxBatchItems: 2,
      export: (_batch, given) => {
        signal = given;
        return new Promise(() => {});
      },
    });
    addAll(queue, 0, 5);
    const done = queue.shutdown(500);
    await clock.advance(500);
    expect(await done).toEqual({ complete: false, exported: 0, dropped: 5, pending: 0 });
    expect(signal?.aborted).toBe(true);
    expect(clock.pending).toBe(0);
    expect(told.at(-1)?.code).toBe('queue_shutdown');
    expectBalanced(queue, 5);
  });

  it('shutdown ends retries at its deadline', async () => {
    const { queue, clock } = setup({
      export: async () => {
        throw new RetryableExportError('down');
      },
    });
    queue.add(1);
    const done = queue.shutdown(5000);
    await clock.advance(5000);
    expect(await done).toMatchObject({ complete: false, dropped: 1 });
    expect(clock.pending).toBe(0);
  });

  it('treats a senseless deadline as the default', async () => {
    for (const timeout of [Number.NaN, Infinity, 'soon' as unknown as number]) {
      const { queue, clock } = setup({ export: () => new Promise(() => {}), exportTimeout: 1e9 });
      queue.add(1);
      const done = queue.flush(timeout);
      await clock.advance(30_000);
      expect(await done).toMatchObject({ complete: false, pending: 1 });
    }
  });
});

describe('BatchQueue: laws', () => {
  type Behaviour = 'quick' | 'slow' | 'hang' | 'throw' | 'reject' | 'flaky' | 'partial' | 'busy';
  const behaviours: Behaviour[] = ['quick', 'slow', 'hang', 'throw', 'reject', 'flaky', 'partial', 'busy'];

  it('accepted = exported + dropped + queued + in flight, at all times', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          script: fc.array(fc.constantFrom(...behaviours), { minLength: 1, maxLength: 12 }),
          steps: fc.array(
            fc.oneof(
              fc.record({ add: fc.integer({ min: 1, max: 40 }) }),
              fc.record({ advance: fc.integer({ min: 0, max: 4000 }) }),
              fc.record({ flush: fc.integer({ min: 0, max: 3000 }) }),
            ),
            { maxLength: 15 },
          ),
          maxItems: fc.integer({ min: 1, max: 60 }),
          maxBytes: fc.integer({ min: 1, max: 3000 }),
          maxBatchItems: fc.integer({ min: 1, max: 20 }),
          maxInFlight: fc.integer({ min: 1, max: 3 }),
          dropPolicy: fc.constantFrom('newest' as const, 'oldest' as const),
          seed: fc.integer(),
        }),
        async ({ script, steps, seed, ...bounds }) => {
          let call = 0;
          const { queue, clock, diagnostics } = setup({
            ...bounds,
            random: seededRandom(seed),
            sizeOf: (item) => item % 100,
            exportTimeout: 1000,
            retry: { initialDelay: 100, maxElapsed: 3000 },
            export: (batch) => {
              switch (script[call++ % script.length]!) {
                case 'quick':
                  return Promise.resolve();
                case 'slow':
                  return sleep(clock, 700);
                case 'hang':
                  return new Promise(() => {});
                case 'throw':
                  throw new Error('thrown');
                case 'reject':
                  return Promise.reject(new Error('rejected'));
                case 'flaky':
                  return Promise.reject(new RetryableExportError('again'));
                case 'busy':
                  return Promise.reject(new RetryableExportError('later', 500));
                case 'partial':
                  return Promise.resolve({ rejected: batch.length >> 1 });
              }
            },
          });
          let given = 0;
          const flushes: Promise<FlushResult>[] = [];
          for (const step of steps) {
            if ('add' in step) {
              for (let i = 0; i < step.add; i++) queue.add(given++);
            } else if ('advance' in step) await clock.advance(step.advance);
            else flushes.push(queue.flush(step.flush));
            expectBalanced(queue, given);
            const { queued, inFlight, bytes } = queue.stats;
            expect(queued + inFlight).toBeLessThanOrEqual(bounds.maxItems);
            expect(bytes).toBeLessThanOrEqual(bounds.maxBytes);
          }
          const held = queue.stats.queued + queue.stats.inFlight;
          const done = queue.shutdown(2000);
          queue.add(given++);
          await clock.advance(5000);
          const result = await done;
          expect(result.exported + result.dropped).toBe(held);
          await Promise.all(flushes);
          expectBalanced(queue, given);
          expect(queue.stats).toMatchObject({ queued: 0, inFlight: 0, bytes: 0 });
          expect(clock.pending).toBe(0);
          let total = 0;
          for (const { name, value } of diagnostics.counters()) {
            if (name.endsWith('_exported_total') || name.endsWith('_dropped_total')) total += value;
          }
          expect(total).toBe(given);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('BatchQueue: options', () => {
  it('names a wrong option, what was given and what is accepted', () => {
    const make = (options: object) => () =>
      new BatchQueue({ name: 'x', export: async () => {}, ...options } as BatchQueueOptions<number>);
    expect(make({ maxItems: 0 })).toThrow(
      /BatchQueue: maxItems is 0; accepted: a whole number of at least 1/,
    );
    expect(make({ maxIterms: 5 })).toThrow(/unknown option "maxIterms"; accepted: .*maxItems/);
    expect(make({ dropPolicy: 'random' })).toThrow(/"newest", "oldest"/);
    expect(make({ export: undefined })).toThrow(/export is undefined; accepted: a function/);
    expect(make({ retry: { maxDelay: 5 } })).toThrow(/retry.maxDelay is 5/);
    expect(make({ interval: Number.NaN })).toThrow(/interval is NaN/);
  });

  it('is typed by its items', () => {
    const queue = new BatchQueue<{ id: string }>({ name: 'x', export: async () => {} });
    expectTypeOf(queue.add).parameter(0).toEqualTypeOf<{ id: string }>();
    // @ts-expect-error a number is no item
    queue.add(1);
    type Policy = BatchQueueOptions<number>['dropPolicy'];
    expectTypeOf<Policy>().toEqualTypeOf<'newest' | 'oldest' | undefined>();
  });
});
