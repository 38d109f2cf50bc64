import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/common/clock.js';
import { Diagnostics } from '../../../src/common/diagnostics.js';
import {
  Logger,
  type RotatingFileSinkOptions,
  rotatingFileSink,
  workerWriter,
} from '../../../src/logs/index.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';

const root = mkdtempSync(join(tmpdir(), 'telltale-rotating-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let made = 0;
function make(options: Partial<RotatingFileSinkOptions> = {}, now?: number) {
  const folder = join(root, `${made++}`);
  const path = options.path ?? join(folder, 'app.log');
  const told: string[] = [];
  const clock = new FakeClock(now === undefined ? {} : { now });
  const diagnostics = new Diagnostics({ clock, handler: ({ code, error }) => told.push(`${code} ${error}`) });
  const sink = rotatingFileSink({ path, mkdir: options.path === undefined, ...options });
  const logger = new Logger({ clock, diagnostics, sinks: [sink] });
  return { folder, path, told, clock, logger, rotated: () => rotatedIn(folder) };
}

const rotatedIn = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name !== 'app.log')
    .sort();

function numbersIn(folder: string): number[] {
  const text = [...rotatedIn(folder), 'app.log'].map((name) => {
    const bytes = readFileSync(join(folder, name));
    return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  });
  for (const one of text) expect(one === '' || one.endsWith('\n')).toBe(true);
  return text
    .join('')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).n);
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('rotation by size', () => {
  it('begins a new file before one grows too large', async () => {
    const { folder, logger, rotated } = make({ maxFileBytes: 1000, keep: 100 });
    for (const n of range(100)) logger.info('m', { n });
    await logger.shutdown();
    expect(rotated().length).toBeGreaterThan(5);
    for (const name of rotated()) {
      expect(name).toMatch(/^app\.2025-01-01T00-00-00-\d{3}Z\.log$/);
      expect(readFileSync(join(folder, name)).length).toBeLessThanOrEqual(1000);
    }
    expect(numbersIn(folder)).toEqual(range(100));
  });

  it('gives a line that is larger than a file one of its own', async () => {
    const { folder, logger } = make({ maxFileBytes: 200, keep: 100 });
    for (const n of range(5)) logger.info('m', { n, padding: 'x'.repeat(n % 2 === 0 ? 500 : 1) });
    await logger.shutdown();
    expect(numbersIn(folder)).toEqual(range(5));
  });

  it('counts what an earlier process wrote', async () => {
    const { folder, path, logger } = make({ maxFileBytes: 1000 });
    logger.info('m', { n: 0, padding: 'x'.repeat(800) });
    await logger.shutdown();
    const again = make({ path, maxFileBytes: 1000 });
    again.logger.info('m', { n: 1, padding: 'x'.repeat(300) });
    await again.logger.shutdown();
    expect(rotatedIn(folder)).toHaveLength(1);
    expect(numbersIn(folder)).toEqual([0, 1]);
  });

  it('loses and tears no line, whatever the sizes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(2000), { maxLength: 200 }),
        fc.integer({ min: 1, max: 5000 }),
        fc.boolean(),
        async (paddings, maxFileBytes, gzip) => {
          const { folder, logger } = make({ maxFileBytes, gzip, keep: 1000 });
          paddings.forEach((length, n) => {
            logger.info('m', { n, padding: 'ü'.repeat(length) });
          });
          await logger.shutdown();
          expect(numbersIn(folder)).toEqual(range(paddings.length));
        },
      ),
      { numRuns: 25 },
    );
  });

  it.each([
    ['as it is', {}],
    ['compressed', { gzip: true }],
    ['in a thread', { writer: true }],
  ])(
    'loses and tears no line under load, %s',
    async (_, { gzip, writer }: { gzip?: boolean; writer?: boolean }) => {
      const { folder, logger } = make({
        maxFileBytes: 50_000,
        keep: 10_000,
        // The thread is real, and so is the time that it takes.
        clock: systemClock,
        gzip: gzip ?? false,
        ...(writer ? { writer: workerWriter({ bytes: 65_536 }) } : {}),
      });
      for (let n = 0; n < 20_000; ) {
        for (const end = n + 500; n < end; n++) logger.info('under load', { n, padding: 'x'.repeat(n % 97) });
        await new Promise(setImmediate);
      }
      await logger.shutdown();
      expect(rotatedIn(folder).length).toBeGreaterThan(30);
      expect(numbersIn(folder)).toEqual(range(20_000));
      expect(readdirSync(folder).some((name) => name.endsWith('.part'))).toBe(false);
    },
  );
});

describe('rotation by time', () => {
  const noon = new Date(2026, 10, 21, 12, 30).getTime();

  it('begins a new file at midnight', async () => {
    const { logger, clock, rotated } = make({ every: 'day' }, noon);
    logger.info('m', { n: 0 });
    await logger.flush();
    await clock.advance(11 * 3_600_000);
    logger.info('m', { n: 1 });
    await logger.flush();
    expect(rotated()).toEqual([]);
    await clock.advance(1 * 3_600_000);
    logger.info('m', { n: 2 });
    await logger.shutdown();
    expect(rotated()).toHaveLength(1);
  });

  it.each([
    ['hour', 30 * 60_000],
    [10_000, 10_000],
  ] as const)('begins a new file every %s', async (every, ms) => {
    const { folder, logger, clock, rotated } = make({ every }, noon);
    for (const n of range(4)) {
      logger.info('m', { n });
      await logger.flush();
      await clock.advance(n === 0 ? ms : every === 'hour' ? 3_600_000 : 10_000);
    }
    await logger.shutdown();
    expect(rotated()).toHaveLength(3);
    expect(numbersIn(folder)).toEqual(range(4));
  });

  it('puts nothing aside where nothing was written', async () => {
    const { logger, clock, rotated } = make({ every: 'hour' }, noon);
    await clock.advance(5 * 3_600_000);
    logger.info('m', { n: 0 });
    await logger.shutdown();
    expect(rotated()).toEqual([]);
  });

  it('puts aside what an earlier process left behind yesterday', async () => {
    const folder = join(root, 'yesterday');
    mkdirSync(folder);
    const path = join(folder, 'app.log');
    writeFileSync(path, '{"n":0}\n');
    const yesterday = new Date(noon - 24 * 3_600_000);
    utimesSync(path, yesterday, yesterday);
    const { logger } = make({ path, every: 'day' }, noon);
    logger.info('m', { n: 1 });
    await logger.shutdown();
    expect(rotatedIn(folder)).toHaveLength(1);
    expect(numbersIn(folder)).toEqual([0, 1]);
  });

  it('stays in order when the clock steps back', async () => {
    const { folder, logger, clock } = make({ maxFileBytes: 100, keep: 100 }, noon);
    for (const n of range(20)) {
      logger.info('m', { n, padding: 'x'.repeat(60) });
      clock.set(noon - n * 60_000);
    }
    await logger.shutdown();
    expect(numbersIn(folder)).toEqual(range(20));
  });
});

describe('rotated files', () => {
  it('are kept as many as asked for, the newest', async () => {
    const { folder, logger, rotated } = make({ maxFileBytes: 200, keep: 3 });
    for (const n of range(40)) logger.info('m', { n, padding: 'x'.repeat(100) });
    await logger.shutdown();
    expect(rotated()).toHaveLength(3);
    expect(numbersIn(folder).at(-1)).toBe(39);
    expect(numbersIn(folder)[0]).toBe(40 - numbersIn(folder).length);
  });

  it('are compressed when asked to, and nothing else in the folder is touched', async () => {
    const folder = join(root, 'others');
    mkdirSync(folder);
    const others = ['app.2025.log', 'app.log.1', 'other.2025-01-01T00-00-00-000Z.log', 'app.x.log'];
    for (const name of others) writeFileSync(join(folder, name), 'mine\n');
    const { logger } = make({ path: join(folder, 'app.log'), maxFileBytes: 300, keep: 2, gzip: true });
    for (const n of range(40)) logger.info('m', { n, padding: 'x'.repeat(100) });
    await logger.shutdown();
    for (const name of others) expect(readFileSync(join(folder, name), 'utf8')).toBe('mine\n');
    const rest = rotatedIn(folder).filter((name) => !others.includes(name));
    expect(rest).toHaveLength(2);
    for (const name of rest) expect(name).toMatch(/\.log\.gz$/);
  });

  it('that cannot be made are told of, and lines go on', async () => {
    const { folder, logger, told } = make({ maxFileBytes: 300 });
    logger.info('m', { n: 0, padding: 'x'.repeat(250) });
    await logger.flush();
    // The folder goes away under the file.
    renameSync(folder, `${folder}-away`);
    for (const n of [1, 2]) logger.info('m', { n, padding: 'x'.repeat(250) });
    await logger.shutdown();
    expect(told[0]).toMatch(/^rotation_failed .*ENOENT/);
    expect(numbersIn(`${folder}-away`)).toEqual([0]);
    expect(numbersIn(folder).at(-1)).toBe(2);
  });
});

describe('wrong options', () => {
  it.each([
    [{ maxFileBytes: 0 }, 'maxFileBytes is 0'],
    [{ every: 'week' }, 'every is "week"; accepted: "hour", "day" or milliseconds'],
    [{ every: -5 }, 'every is -5'],
    [{ keep: 1.5 }, 'keep is 1.5'],
    [{ gzip: 'yes' }, 'gzip is "yes"'],
    [{ writer: {} }, 'writer is {}; accepted: an object with the methods write'],
    [{ size: 5 }, /unknown option "size"; accepted: path, .*maxFileBytes/],
  ])('%j', (options, message) => {
    expect(() => make(options as object)).toThrow(message);
  });

  it('says that a folder cannot be written', () => {
    expect(() => rotatingFileSink({ path: '/proc/none/app.log' })).toThrow(
      /rotatingFileSink: path is .*ENOENT/,
    );
  });
});
