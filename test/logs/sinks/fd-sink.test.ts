import { afterEach, describe, expect, it, vi } from 'vitest';
import { Diagnostics } from '../../../src/common/diagnostics.js';
import { Logger } from '../../../src/logs/index.js';
import { type BufferOptions, bufferSettings } from '../../../src/logs/sinks/buffer-options.js';
import { fdSink } from '../../../src/logs/sinks/fd-sink.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';

type Answer = 'all' | number | string;

/** A file descriptor that answers as it is told: takes all, takes some bytes, or fails with a code. */
function make(options: BufferOptions = {}) {
  const told: string[] = [];
  const diagnostics = new Diagnostics({ handler: ({ code, message }) => told.push(`${code}: ${message}`) });
  const clock = new FakeClock();
  const fd = { written: '', answer: 'all' as Answer, calls: 0 };
  const settings = bufferSettings('test', {
    maxBytes: 65_536,
    overflow: 'drop-newest',
    clock,
    diagnostics,
    ...options,
  });
  const sink = fdSink(settings, 'test', {
    write(bytes) {
      fd.calls++;
      const { answer } = fd;
      if (typeof answer === 'string' && answer !== 'all') {
        throw Object.assign(new Error(answer), { code: answer });
      }
      const count = answer === 'all' ? bytes.length : Math.min(answer, bytes.length);
      fd.written += Buffer.from(bytes.subarray(0, count)).toString();
      return count;
    },
    close() {},
  });
  const logger = new Logger({ sinks: [sink], clock, diagnostics });
  made.push(logger);
  const lines = () =>
    fd.written
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { msg: string; n: number; dropped?: number });
  const numbers = () => lines().flatMap(({ n }) => n ?? []);
  const dropped = () =>
    [...diagnostics.counters()]
      .filter(({ name }) => name === 'telltale_log_lines_dropped_total')
      .map(({ labels, value }): [string, number] => [labels.reason!, value]);
  return { fd, sink, logger, clock, told, lines, numbers, dropped };
}

const made: Logger[] = [];
afterEach(async () => {
  for (const logger of made.splice(0)) {
    logger.flushSync();
    await logger.shutdown();
  }
});

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe('fdSink', () => {
  it('writes at the end of the turn, all lines at once', async () => {
    const { fd, logger, numbers } = make();
    for (const n of range(0, 10)) logger.info('m', { n });
    expect(fd.calls).toBe(0);
    await new Promise(setImmediate);
    expect(fd.calls).toBe(1);
    expect(numbers()).toEqual(range(0, 10));
  });

  it('does not wait for the end of the turn when much has gathered', () => {
    const { fd, logger } = make();
    for (const n of range(0, 4000)) logger.info('m', { n });
    expect(fd.calls).toBeGreaterThan(2);
    expect(fd.calls).toBeLessThan(10);
  });

  it('writes a fatal line before the call returns', () => {
    const { logger, numbers } = make();
    logger.info('m', { n: 0 });
    logger.fatal('m', { n: 1 });
    expect(numbers()).toEqual([0, 1]);
  });

  it('writes on where a short write stopped', async () => {
    const { fd, logger, numbers } = make();
    fd.answer = 7;
    for (const n of range(0, 50)) logger.info('m', { n });
    await logger.flush();
    expect(numbers()).toEqual(range(0, 50));
  });

  it('waits for a slow reader, and does not spin', async () => {
    const { fd, logger, clock, numbers, told } = make();
    fd.answer = 'EAGAIN';
    for (const n of range(0, 300)) logger.info('m', { n });
    await clock.advance(10_000);
    expect(fd.calls).toBeLessThan(30);
    fd.answer = 100;
    await clock.advance(1000);
    expect(numbers()).toEqual(range(0, 300));
    expect(told).toEqual([]);
  });

  it.each(['ENOSPC', 'EIO'])(
    'keeps lines when the disk answers %s, tells once, and goes on',
    async (code) => {
      const { fd, logger, clock, numbers, told } = make();
      fd.answer = code;
      for (const n of range(0, 20)) logger.info('m', { n });
      await clock.advance(30_000);
      fd.answer = 'all';
      await clock.advance(1000);
      expect(numbers()).toEqual(range(0, 20));
      expect(told).toEqual(['sink_failed: test cannot be written now; lines are kept']);
    },
  );

  it.each(['EPIPE', 'EBADF'])('gives up when nobody will read any more: %s', async (code) => {
    const { fd, logger, clock, dropped, told } = make();
    fd.answer = code;
    for (const n of range(0, 20)) logger.info('m', { n });
    await clock.advance(1000);
    logger.info('m', { n: 20 });
    await logger.flush();
    expect(fd.calls).toBe(1);
    expect(dropped()).toEqual([['broken', 21]]);
    expect(told).toHaveLength(2);
  });

  it('drops the newest lines when the buffer is full', async () => {
    const { fd, logger, clock, numbers, dropped, told } = make();
    fd.answer = 'EAGAIN';
    for (const n of range(0, 3000)) logger.info('m', { n });
    fd.answer = 'all';
    await clock.advance(2000);
    const kept = numbers();
    expect(kept.length).toBeGreaterThan(500);
    expect(kept).toEqual(range(0, kept.length));
    expect(dropped()).toEqual([['buffer_full', 3000 - kept.length]]);
    expect(told).toEqual(['log_lines_dropped: test lost log lines (buffer_full): 1 so far']);
  });

  it('says in a line how many were dropped', async () => {
    const { fd, logger, clock, lines, numbers } = make();
    fd.answer = 'EAGAIN';
    for (const n of range(0, 3000)) logger.info('m', { n });
    fd.answer = 'all';
    await clock.advance(2000);
    const dropped = 3000 - numbers().length;
    logger.info('m', { n: 3000 });
    await logger.flush();
    expect(lines().slice(-2)).toEqual([
      expect.objectContaining({ level: 'warn', msg: 'log lines were dropped', sink: 'test', dropped }),
      expect.objectContaining({ n: 3000 }),
    ]);
    expect(lines().filter((line) => line.dropped !== undefined)).toHaveLength(1);
  });

  it('waits for a slow reader when the buffer is full, by default, and loses nothing', () => {
    const { fd, logger, numbers, dropped } = make({ overflow: 'write-sync' });
    let calls = 0;
    // Takes 3,000 bytes at every third try.
    Object.defineProperty(fd, 'answer', { get: () => (calls++ % 3 === 0 ? 3000 : 'EAGAIN') });
    for (const n of range(0, 3000)) logger.info('m', { n });
    logger.flushSync();
    expect(numbers()).toEqual(range(0, 3000));
    expect(dropped()).toEqual([]);
  });

  it('waits a second for a reader that stands still, once, and then drops the newest', () => {
    const { fd, logger, numbers, dropped } = make({ overflow: 'write-sync' });
    fd.answer = 'EAGAIN';
    const waits = vi.spyOn(Atomics, 'wait').mockReturnValue('timed-out');
    for (const n of range(0, 3000)) logger.info('m', { n });
    logger.fatal('m', { n: 3000 });
    expect(waits).toHaveBeenCalledTimes(200);
    fd.answer = 'all';
    logger.flushSync();
    waits.mockRestore();
    const kept = numbers();
    expect(kept).toEqual(range(0, kept.length));
    expect(dropped()).toEqual([['buffer_full', 3001 - kept.length]]);
  });

  it('does not wait for a full disk', () => {
    const { fd, logger, dropped, numbers } = make({ overflow: 'write-sync' });
    fd.answer = 'ENOSPC';
    const waits = vi.spyOn(Atomics, 'wait');
    for (const n of range(0, 3000)) logger.info('m', { n });
    logger.fatal('m', { n: 3000 });
    expect(waits).not.toHaveBeenCalled();
    waits.mockRestore();
    fd.answer = 'all';
    logger.flushSync();
    expect(numbers().length + dropped()[0]![1]!).toBe(3001);
  });

  it('writes errors before the call returns, with what came before them', () => {
    const { logger, numbers } = make();
    logger.info('m', { n: 0 });
    logger.error('m', { n: 1 });
    logger.info('m', { n: 2 });
    expect(numbers()).toEqual([0, 1]);
  });

  it('waits for a slow reader at an error, for it must survive whatever comes', () => {
    const { fd, logger, numbers } = make();
    let calls = 0;
    Object.defineProperty(fd, 'answer', { get: () => (calls++ % 3 === 0 ? 3000 : 'EAGAIN') });
    for (const n of range(0, 50)) logger.info('m', { n });
    logger.error('m', { n: 50 });
    expect(numbers()).toEqual(range(0, 51));
  });

  it.each([
    ['trace', [0, 1]],
    ['fatal', []],
    ['silent', []],
  ] as const)('writes at once from the level that is asked for: %s', (flushLevel, written) => {
    const { logger, numbers } = make({ flushLevel });
    logger.info('m', { n: 0 });
    logger.error('m', { n: 1 });
    expect(numbers()).toEqual(written);
  });

  it('gathers for longer when asked to', async () => {
    const { fd, logger, clock, numbers } = make({ interval: 200 });
    logger.info('m', { n: 0 });
    await clock.advance(150);
    logger.info('m', { n: 1 });
    expect(fd.calls).toBe(0);
    await clock.advance(50);
    expect(numbers()).toEqual([0, 1]);
    expect(fd.calls).toBe(1);
    logger.info('m', { n: 2 });
    await clock.advance(200);
    expect(numbers()).toEqual([0, 1, 2]);
  });

  it('keeps memory bounded while the other side is stuck', async () => {
    const { fd, sink, logger, dropped, clock } = make({ maxBytes: 1_000_000, overflow: 'drop-oldest' });
    fd.answer = 'EAGAIN';
    for (const n of range(0, 100_000)) logger.info('m', { n });
    expect(sink.buffer.length).toBeLessThanOrEqual(1_000_000);
    expect(sink.buffer.bytes.length).toBeLessThan(3_000_000);
    fd.answer = 'all';
    await clock.advance(2000);
    expect(dropped()[0]![1]).toBeGreaterThan(80_000);
    expect(sink.buffer.bytes.length).toBeLessThan(200_000);
  });

  it('drops the oldest lines when asked to', async () => {
    const { fd, logger, clock, numbers, dropped } = make({ overflow: 'drop-oldest' });
    fd.answer = 'EAGAIN';
    for (const n of range(0, 3000)) logger.info('m', { n });
    fd.answer = 'all';
    await clock.advance(2000);
    const kept = numbers();
    expect(kept).toEqual(range(3000 - kept.length, 3000));
    expect(dropped()).toEqual([['buffer_full', 3000 - kept.length]]);
  });

  it('keeps a line whole that was written in part when the buffer filled up', async () => {
    const { fd, logger, clock, numbers, dropped } = make({ overflow: 'drop-oldest' });
    let calls = 0;
    Object.defineProperty(fd, 'answer', { get: () => (calls++ === 0 ? 10 : 'EAGAIN'), configurable: true });
    for (const n of range(0, 3000)) logger.info('m', { n });
    Object.defineProperty(fd, 'answer', { value: 'all' });
    await clock.advance(2000);
    expect(numbers()).toHaveLength(3000 - dropped()[0]![1]!);
    expect(numbers().slice(0, 2)).toEqual([0, dropped()[0]![1]! + 1]);
    for (const line of fd.written.trimEnd().split('\n')) JSON.parse(line);
  });

  it('settles a flush that cannot succeed', async () => {
    const { fd, logger, clock, dropped } = make();
    fd.answer = 'EAGAIN';
    logger.info('m', { n: 1 });
    const flushed = logger.flush();
    await clock.advance(5000);
    await flushed;
    const ended = logger.shutdown();
    await clock.advance(5000);
    await ended;
    logger.info('m', { n: 2 });
    expect(dropped()).toEqual([
      ['shutdown', 1],
      ['closed', 1],
    ]);
  });

  it('can be shared by loggers, and lines stay in order', async () => {
    const { sink, logger, numbers } = make();
    const other = new Logger({ sinks: [sink] });
    for (const n of range(0, 10)) (n % 2 === 0 ? logger : other).info('m', { n });
    await logger.flush();
    expect(numbers()).toEqual(range(0, 10));
  });

  it('leaves no listener behind', async () => {
    const before = ['exit', 'SIGTERM', 'SIGINT'].map((event) => process.listenerCount(event));
    const { logger } = make();
    logger.info('m');
    expect(process.listenerCount('exit')).toBe(before[0]! + 1);
    const second = make();
    second.logger.info('m');
    expect(process.listenerCount('exit')).toBe(before[0]! + 1);
    await logger.shutdown();
    await second.logger.shutdown();
    expect(['exit', 'SIGTERM', 'SIGINT'].map((event) => process.listenerCount(event))).toEqual(before);
  });
});
