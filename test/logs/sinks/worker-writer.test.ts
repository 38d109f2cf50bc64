import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { fileSink, Logger, workerWriter } from '../../../src/logs/index.js';

const folder = mkdtempSync(join(tmpdir(), 'telltale-worker-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const numbersIn = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).n as number);

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe('workerWriter', () => {
  it('writes all lines in order, from before its thread runs until after', async () => {
    const path = join(folder, 'order.log');
    const logger = new Logger({ sinks: [fileSink({ path, writer: workerWriter({ bytes: 65_536 }) })] });
    for (let n = 0; n < 30_000; ) {
      for (const end = n + 1000; n < end; n++) logger.info('m', { n });
      await new Promise(setImmediate);
    }
    await logger.shutdown();
    expect(numbersIn(path)).toEqual(range(0, 30_000));
  });

  it('has an error written before the call returns', async () => {
    const path = join(folder, 'error.log');
    const logger = new Logger({ sinks: [fileSink({ path, writer: workerWriter() })] });
    // Real time: the thread is Node's, and takes what it takes to start.
    await pause(100);
    for (const n of range(0, 1000)) logger.info('m', { n });
    logger.error('m', { n: 1000 });
    expect(numbersIn(path)).toEqual(range(0, 1001));
    await logger.shutdown();
  });

  it('keeps lines apart when the file is moved away', async () => {
    const path = join(folder, 'moved.log');
    const sink = fileSink({ path, writer: workerWriter(), sighup: 'reopen' });
    const logger = new Logger({ sinks: [sink] });
    await pause(100);
    for (const n of range(0, 5000)) logger.info('m', { n });
    await logger.flush();
    renameSync(path, `${path}.1`);
    process.listeners('SIGHUP').at(-1)!('SIGHUP');
    for (const n of range(5000, 6000)) logger.info('m', { n });
    await logger.shutdown();
    expect(numbersIn(`${path}.1`)).toEqual(range(0, 5000));
    expect(numbersIn(path)).toEqual(range(5000, 6000));
  });

  it('checks its options', () => {
    expect(() => workerWriter({ bytes: 10 })).toThrow('workerWriter: bytes is 10');
    // @ts-expect-error no such option
    expect(() => workerWriter({ size: 10 })).toThrow('unknown option "size"');
  });
});
