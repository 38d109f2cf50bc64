import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { crc32 } from '../../../src/common/crc32.js';
import { embeddedSource } from '../../../src/query/embedded-source.js';
import { loadSeries } from '../../../src/query/notation/load.js';
import { restoreSnapshot, saveSnapshot } from '../../../src/query/store/snapshot.js';
import { TimeSeriesStore } from '../../../src/query/store/store.js';

const folder = mkdtempSync(join(tmpdir(), 'telltale-snapshot-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function newStore(): TimeSeriesStore {
  return new TimeSeriesStore({ retention: Infinity });
}

async function contentOf(store: TimeSeriesStore): Promise<unknown> {
  return embeddedSource(store).query('{__name__!=""}[1d]', { time: 80_000_000 });
}

describe('snapshots', () => {
  it('bring every series back as it was', async () => {
    const store = newStore();
    loadSeries(
      store,
      { step: 15_000 },
      'x{a="ü \\"quoted\\""} 1+1x300 stale _x5 NaN Inf -0.1x3',
      'h {{schema:1 sum:3 count:2 buckets:[1 1]}}+{{schema:1 count:1 buckets:[1]}}x100 5 6 {{schema:-53 custom_values:[1] buckets:[1 1]}}x5',
      'y 0.1x10',
    );
    const path = join(folder, 'all.snapshot');
    await saveSnapshot(store, path);
    const copy = newStore();
    expect(await restoreSnapshot(copy, path)).toEqual({ series: 3, problems: [] });
    expect(await contentOf(copy)).toEqual(await contentOf(store));
    // Written aside and renamed: nothing else is left in the folder.
    expect(readdirSync(folder)).toEqual(['all.snapshot']);
    // Life goes on where it stopped.
    expect(copy.append({ __name__: 'y' }, 7, 10_000_000)).toBe(true);
  });

  it('that are damaged give what is whole, and say what is not', async () => {
    const store = newStore();
    for (let i = 0; i < 20; i++) loadSeries(store, { step: 15_000 }, `x{i="${i}"} ${i}+1x50`);
    const path = join(folder, 'damaged.snapshot');
    await saveSnapshot(store, path);
    const whole = readFileSync(path);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        async (at, flip, cut) => {
          const bytes = Buffer.from(whole);
          bytes[at]! ^= flip;
          writeFileSync(path, cut ? whole.subarray(0, at) : bytes);
          const copy = newStore();
          const { series, problems } = await restoreSnapshot(copy, path);
          expect(series).toBeLessThanOrEqual(20);
          if (series < 20 && !(cut && problems.length === 0)) expect(problems.length).toBeGreaterThan(0);
          expect(copy.stats.outOfOrder).toBe(0);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('that are missing, or are something else, are told of', async () => {
    const missing = await restoreSnapshot(newStore(), join(folder, 'nothing'));
    expect(missing.problems[0]).toContain('ENOENT');
    writeFileSync(join(folder, 'other'), 'hello');
    const other = await restoreSnapshot(newStore(), join(folder, 'other'));
    expect(other).toEqual({
      series: 0,
      problems: [expect.stringContaining('is no snapshot of this version')],
    });
    await expect(saveSnapshot(newStore(), join(folder, 'no', 'such', 'folder'))).rejects.toThrow('ENOENT');
  });

  it('are checked by the CRC of everybody', () => {
    expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
  });
});
