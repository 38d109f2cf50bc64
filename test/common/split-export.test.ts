import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BatchQueue } from '../../src/common/batch-queue.js';
import { RetryableExportError } from '../../src/common/export.js';
import { HttpError } from '../../src/common/http-answer.js';
import { splitExport } from '../../src/common/split-export.js';
import { FakeClock } from '../../src/testing/fake-clock.js';

interface Item {
  readonly id: number;
  readonly bad: boolean;
}

const signal = new AbortController().signal;
const items = (count: number, bad: (i: number) => boolean): Item[] =>
  Array.from({ length: count }, (_, id) => ({ id, bad: bad(id) }));

/** Takes a request whole, or refuses it whole. */
function backEnd() {
  const taken: number[] = [];
  let requests = 0;
  return {
    taken,
    get requests() {
      return requests;
    },
    async send(part: Item[]) {
      requests++;
      if (part.some(({ bad }) => bad)) throw new HttpError('bad request', 400);
      taken.push(...part.map(({ id }) => id));
    },
  };
}

describe('splitExport', () => {
  it('finds the one bad item among a thousand, and delivers the rest in order', async () => {
    const server = backEnd();
    const aside: number[] = [];
    const deliver = splitExport<Item>({ send: server.send, setAside: ({ id }) => aside.push(id) });
    const answer = await deliver(
      items(1024, (i) => i === 700),
      signal,
    );
    expect(answer).toEqual({ rejected: 1 });
    expect(aside).toEqual([700]);
    expect(server.taken).toEqual(Array.from({ length: 1024 }, (_, i) => i).filter((i) => i !== 700));
    expect(server.requests).toBeLessThanOrEqual(21);
  });

  it('delivers every good item and sets every bad one aside, wherever they stand', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }), async (flags) => {
        const server = backEnd();
        const aside: number[] = [];
        const deliver = splitExport<Item>({
          send: server.send,
          setAside: ({ id }) => aside.push(id),
          maxRequests: 1000,
        });
        const outcome = deliver(
          items(flags.length, (i) => flags[i]!),
          signal,
        );
        const bad = flags.flatMap((flag, i) => (flag ? [i] : []));
        if (bad.length === flags.length) await expect(outcome).rejects.toThrow('bad request');
        else await expect(outcome).resolves.toEqual({ rejected: bad.length });
        expect(aside).toEqual(bad);
        expect(server.taken).toEqual(flags.flatMap((flag, i) => (flag ? [] : [i])));
      }),
    );
  });

  it('gives up looking when everything is bad', async () => {
    const server = backEnd();
    let aside = 0;
    const deliver = splitExport<Item>({ send: server.send, setAside: () => aside++ });
    await expect(
      deliver(
        items(1024, () => true),
        signal,
      ),
    ).rejects.toThrow('bad request');
    expect(aside).toBe(1024);
    expect(server.requests).toBeLessThanOrEqual(64 + 11);
  });

  it('does not split what is no fault of the items', async () => {
    let requests = 0;
    const deliver = splitExport<Item>({
      send: async () => {
        requests++;
        throw new HttpError('unauthorised', 401);
      },
    });
    await expect(
      deliver(
        items(100, () => false),
        signal,
      ),
    ).rejects.toThrow('unauthorised');
    expect(requests).toBe(1);
  });

  it('sends only what is missing when a batch is tried again', async () => {
    const sent: number[][] = [];
    let down = true;
    const deliver = splitExport<Item>({
      async send(part) {
        sent.push(part.map(({ id }) => id));
        if (part.some(({ bad }) => bad)) throw new HttpError('too large', 413);
        if (down && part[0]!.id === 2) throw new RetryableExportError('busy', 5000);
      },
    });
    const batch = items(4, (i) => i === 3);
    const first = deliver(batch, signal);
    await expect(first).rejects.toMatchObject({ retryable: true, retryAfter: 5000, delivered: 2 });
    down = false;
    await expect(deliver(batch, signal)).resolves.toEqual({ rejected: 1 });
    expect(sent).toEqual([[0, 1, 2, 3], [0, 1], [2, 3], [2], [2, 3], [2], [3]]);
  });

  it('keeps apart what a back end says item by item', async () => {
    const sent: number[][] = [];
    const refused: unknown[] = [];
    const deliver = splitExport<Item>({
      async send(part) {
        sent.push(part.map(({ id }) => id));
        return {
          refused: part.filter(({ bad }) => bad).map((item) => ({ item, error: 'mapping' })),
          again: sent.length === 1 ? part.filter(({ id }) => id === 5) : [],
        };
      },
      setAside: (item, error) => refused.push([item.id, error]),
    });
    const batch = items(8, (i) => i === 1);
    await expect(deliver(batch, signal)).rejects.toMatchObject({ retryable: true, delivered: 6 });
    await expect(deliver(batch, signal)).resolves.toEqual({ rejected: 1 });
    expect(sent).toEqual([[0, 1, 2, 3, 4, 5, 6, 7], [5]]);
    expect(refused).toEqual([[1, 'mapping']]);
  });

  it('counts a number of refused items that are not named, and passes over a callback that throws', async () => {
    const deliver = splitExport<Item>({
      send: async () => ({ rejected: 2 }),
      setAside: () => {
        throw new Error('mine');
      },
    });
    await expect(
      deliver(
        items(5, () => false),
        signal,
      ),
    ).resolves.toEqual({ rejected: 2 });
    const failing = splitExport<Item>({
      send: backEnd().send,
      setAside: () => {
        throw new Error('mine');
      },
    });
    await expect(
      failing(
        items(5, (i) => i === 0),
        signal,
      ),
    ).resolves.toEqual({ rejected: 1 });
  });

  it('keeps the books of a queue right, when half is delivered and the other half never', async () => {
    const clock = new FakeClock();
    const queue = new BatchQueue<Item>({
      name: 'split',
      clock,
      retry: { maxAttempts: 2 },
      export: splitExport<Item>({
        async send(part) {
          if (part.length > 2) throw new HttpError('too large', 413);
          if (part[0]!.id >= 2) throw new RetryableExportError('down');
        },
      }),
    });
    for (const item of items(4, () => false)) queue.add(item);
    const flushed = queue.flush();
    await clock.advance(60_000);
    await flushed;
    expect(queue.stats).toMatchObject({ accepted: 4, exported: 2 });
    expect(queue.stats.dropped.retries_exhausted).toBe(2);
  });
});
