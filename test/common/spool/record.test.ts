import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Damage, encodeRecord, readRecord, type SpoolRecord } from '../../../src/common/spool/record.js';
import type { SpooledRequest } from '../../../src/common/spool/spool.js';

const requests = fc.record({
  body: fc.uint8Array({ maxLength: 200 }),
  headers: fc.dictionary(fc.constantFrom('content-type', 'content-encoding'), fc.string()),
  items: fc.integer({ min: 0, max: 0xffffffff }),
});

function fileOf(all: SpooledRequest[]): Buffer {
  return Buffer.concat(all.flatMap((request, i) => encodeRecord(request, 1.7e12 + i, i % 2 === 1)));
}

function readAll(file: Buffer): (SpoolRecord | Damage)[] {
  const found: (SpoolRecord | Damage)[] = [];
  for (let at = 0; ; at = found.at(-1)!.end) {
    const next = readRecord(file, at);
    if (next === undefined) return found;
    expect(next.end).toBeGreaterThan(at);
    found.push(next);
  }
}

const whole = (all: (SpoolRecord | Damage)[]) => all.filter((one): one is SpoolRecord => !('damaged' in one));

describe('records of a spool', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(fc.array(requests, { maxLength: 6 }), (all) => {
        const found = whole(readAll(fileOf(all)));
        expect(
          found.map(({ body, headers, items }) => ({
            body: new Uint8Array(body),
            headers: { ...headers },
            items,
          })),
        ).toEqual(all.map(({ body, headers, items }) => ({ body, headers: { ...headers }, items })));
        expect(found.map(({ time, doubtful }) => [time, doubtful])).toEqual(
          all.map((_, i) => [1.7e12 + i, i % 2 === 1]),
        );
      }),
    );
  });

  it('cut off anywhere, leave those before the cut, and one damage at most', () => {
    fc.assert(
      fc.property(fc.array(requests, { minLength: 1, maxLength: 5 }), fc.nat(), (all, where) => {
        const file = fileOf(all);
        const cut = where % file.length;
        const ends = whole(readAll(file)).map(({ end }) => end);
        const found = readAll(file.subarray(0, cut));
        const stand = ends.filter((end) => end <= cut).length;
        expect(whole(found)).toHaveLength(stand);
        expect(found.length - stand).toBe(cut === (ends[stand - 1] ?? 0) ? 0 : 1);
      }),
    );
  });

  it('with one byte changed, lose that record and no other, and never give a wrong one', () => {
    fc.assert(
      fc.property(
        fc.array(requests, { minLength: 1, maxLength: 5 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (all, where, change) => {
          const file = fileOf(all);
          const at = where % file.length;
          const before = whole(readAll(file));
          file[at] = file[at]! ^ change;
          const after = whole(readAll(file));
          const kept = before.filter(({ start, end }) => at < start || at >= end);
          expect(after.map(({ start }) => start)).toEqual(kept.map(({ start }) => start));
        },
      ),
    );
  });

  it('tell how many items a damaged one held, where its header stands', () => {
    const file = fileOf([{ body: Buffer.from('hello'), headers: {}, items: 512 }]);
    file[file.length - 1] = 0;
    expect(readRecord(file, 0)).toEqual({ damaged: true, items: 512, end: file.length });
  });

  it('any bytes at all can be read', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void readAll(Buffer.from(bytes))));
  });
});
