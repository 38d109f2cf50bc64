import { chmodSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { Diagnostics } from '../../../src/common/diagnostics.js';
import { type FileSinkOptions, fileSink, Logger } from '../../../src/logs/index.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';

const root = mkdtempSync(join(tmpdir(), 'telltale-file-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const open: Logger[] = [];
afterEach(async () => {
  for (const logger of open.splice(0)) await logger.shutdown();
});

let made = 0;
function make(options: Partial<FileSinkOptions> = {}) {
  const path = join(root, `${made++}`, 'app.log');
  const told: string[] = [];
  const clock = new FakeClock();
  const diagnostics = new Diagnostics({ clock, handler: ({ code }) => told.push(code) });
  const logger = new Logger({ clock, diagnostics, sinks: [fileSink({ path, mkdir: true, ...options })] });
  open.push(logger);
  return { path, told, clock, logger };
}

const messages = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).msg);

describe('a file that is moved away', () => {
  it('is opened anew within a second', async () => {
    const { path, clock, logger } = make();
    logger.info('one');
    await logger.flush();
    renameSync(path, `${path}.1`);
    logger.info('two');
    await logger.flush();
    await clock.advance(1000);
    logger.info('three');
    await logger.flush();
    expect(messages(`${path}.1`)).toEqual(['one', 'two']);
    expect(messages(path)).toEqual(['three']);
  });

  it('is opened anew at once at SIGHUP', async () => {
    const { path, logger } = make({ sighup: 'reopen' });
    logger.info('one');
    await logger.flush();
    renameSync(path, `${path}.1`);
    process.listeners('SIGHUP').at(-1)!('SIGHUP');
    logger.info('two');
    await logger.flush();
    expect(messages(`${path}.1`)).toEqual(['one']);
    expect(messages(path)).toEqual(['two']);
  });

  it('is made anew when it was removed', async () => {
    const { path, clock, logger } = make();
    logger.info('one');
    await logger.flush();
    unlinkSync(path);
    await clock.advance(1000);
    logger.info('two');
    await logger.flush();
    expect(messages(path)).toEqual(['two']);
  });

  it('is written on where no new one can be made, and that is told', async () => {
    const { path, told, clock, logger } = make({ mkdir: true });
    logger.info('one');
    await logger.flush();
    const away = join(root, 'away');
    renameSync(join(path, '..'), away);
    // A file where the folder was.
    const blocked = new Logger({ sinks: [fileSink({ path: join(path, '..') })] });
    open.push(blocked);
    await clock.advance(1000);
    logger.info('two');
    await logger.flush();
    expect(told).toEqual(['sink_failed']);
    expect(messages(join(away, 'app.log'))).toEqual(['one', 'two']);
  });

  it('is left alone while it stays where it is', async () => {
    const { path, clock, logger } = make();
    for (const n of ['one', 'two', 'three']) {
      logger.info(n);
      await logger.flush();
      await clock.advance(5000);
    }
    expect(messages(path)).toEqual(['one', 'two', 'three']);
  });
});

describe('SIGHUP', () => {
  it('is listened for as long as the sink lives, and only where it reopens', async () => {
    const before = process.listenerCount('SIGHUP');
    const { logger } = make({ sighup: 'reopen' });
    expect(process.listenerCount('SIGHUP')).toBe(before + 1);
    await logger.shutdown();
    expect(process.listenerCount('SIGHUP')).toBe(before);
    make({ sighup: 'end' });
    expect(process.listenerCount('SIGHUP')).toBe(before);
  });

  it('is one of two things', () => {
    // @ts-expect-error no such choice
    expect(() => make({ sighup: 'ignore' })).toThrow('sighup is "ignore"; accepted: "reopen", "end"');
  });
});

describe('fileSink', () => {
  it('makes files with the permissions asked for', async () => {
    const { path } = make({ mode: 0o600 });
    const { mode } = await import('node:fs').then(({ statSync }) => statSync(path));
    expect(mode & 0o777).toBe(0o600);
    chmodSync(path, 0o644);
  });

  it('writes with its own format and level', async () => {
    const { path, logger } = make({ level: 'warn', format: ({ message }) => `${message}!\n` });
    logger.info('one');
    logger.warn('two');
    await logger.flush();
    expect(readFileSync(path, 'utf8')).toBe('two!\n');
    expect(existsSync(path)).toBe(true);
  });
});
