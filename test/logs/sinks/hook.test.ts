import { describe, expect, it } from 'vitest';
import { type Diagnostic, Diagnostics } from '../../../src/common/diagnostics.js';
import { RetryableExportError } from '../../../src/common/export.js';
import { defineLevels, Logger, type LogHookOptions, logHook, memorySink } from '../../../src/logs/index.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';

function setup(options: Partial<LogHookOptions> & Pick<LogHookOptions, 'run'>) {
  const clock = new FakeClock();
  const told: Diagnostic[] = [];
  const diagnostics = new Diagnostics({ clock, handler: (diagnostic) => told.push(diagnostic) });
  const lines = memorySink();
  const logger = new Logger({ level: 'trace', sinks: [lines, logHook(options)], clock, diagnostics });
  const dropped = () =>
    [...diagnostics.counters()]
      .filter(({ name }) => name === 'telltale_queue_items_dropped_total')
      .map(({ labels, value }) => [labels.reason, value]);
  return { clock, told, logger, lines, dropped };
}

describe('logHook', () => {
  it('is called for lines of its level and above, after they were written', async () => {
    const seen: unknown[] = [];
    const { logger, lines } = setup({
      run: (record) => seen.push([record.severityText, record.body, record.attributes]),
    });
    logger.warn('careful');
    logger.error('broken', { code: 7 });
    logger.fatal('gone');
    expect(lines.lines).toHaveLength(3);
    expect(seen).toEqual([]);
    await logger.flush();
    expect(seen).toEqual([
      ['error', 'broken', { code: 7 }],
      ['fatal', 'gone', {}],
    ]);
  });

  it('is called for chosen levels alone, and for what its filter lets through', async () => {
    const seen: unknown[] = [];
    const AppLogger = defineLevels({ audit: 55 });
    const logger = new AppLogger({
      sinks: [
        logHook<'audit'>({
          levels: ['info', 'audit'],
          filter: ({ body }) => body !== 'noise',
          run: ({ body }) => seen.push(body),
        }),
      ],
    });
    logger.info('a');
    logger.warn('b');
    logger.info('noise');
    logger.audit('c');
    await logger.flush();
    expect(seen).toEqual(['a', 'c']);
  });

  it('keeps what throws, rejects or hangs to itself, and goes on with the next', async () => {
    const seen: unknown[] = [];
    const { logger, clock, told, dropped } = setup({
      timeout: 500,
      run({ body }) {
        if (body === 'throws') throw new Error('mine');
        if (body === 'rejects') return Promise.reject(new Error('mine too'));
        if (body === 'hangs') return new Promise(() => {});
        seen.push(body);
        return undefined;
      },
    });
    for (const message of ['throws', 'rejects', 'hangs', 'works']) logger.error(message);
    const flushed = logger.flush();
    for (let i = 0; i < 4; i++) await clock.advance(500);
    await flushed;
    expect(seen).toEqual(['works']);
    expect(dropped()).toEqual([
      ['rejected', 2],
      ['timeout', 1],
    ]);
    expect(told[0]).toMatchObject({ code: 'export_failed', subject: 'hook', error: { message: 'mine' } });
  });

  it('holds a bounded number of records, and drops and counts the rest', async () => {
    let calls = 0;
    const { logger, dropped } = setup({ maxQueued: 5, run: () => void calls++ });
    for (let i = 0; i < 100; i++) logger.error(`line ${i}`);
    await logger.flush();
    expect(calls).toBe(5);
    expect(dropped()).toEqual([['queue_full', 95]]);
  });

  it('is not called for what it logs itself', async () => {
    let calls = 0;
    let logger: Logger | undefined;
    const made = setup({
      async run() {
        calls++;
        logger!.error('the hook says');
        await Promise.resolve();
        logger!.error('and says again');
      },
    });
    logger = made.logger;
    logger.error('begin');
    await logger.flush();
    await logger.flush();
    expect(calls).toBe(1);
    expect(made.lines.records.map(({ msg }) => msg)).toEqual(['begin', 'the hook says', 'and says again']);
  });

  it('runs as many calls at a time as it is told, and again where asked', async () => {
    let running = 0;
    let most = 0;
    let failures = 2;
    const { logger, clock } = setup({
      concurrency: 3,
      retry: { initialDelay: 10 },
      async run() {
        if (failures-- > 0) throw new RetryableExportError('later');
        most = Math.max(most, ++running);
        await new Promise<void>((resolve) => void clock.setTimeout(resolve, 50));
        running--;
      },
    });
    for (let i = 0; i < 9; i++) logger.error('x');
    const flushed = logger.flush();
    for (let i = 0; i < 10; i++) await clock.advance(50);
    await flushed;
    expect(most).toBe(3);
  });

  it('says at construction what is wrong', () => {
    expect(() => logHook({} as never)).toThrow(/logHook: run is missing/);
    expect(() => logHook({ run: 1 as never })).toThrow(/run is 1/);
    expect(() => logHook({ run() {}, concurrency: 0 })).toThrow(/concurrency is 0/);
    expect(() => logHook({ run() {}, levels: 'error' as never })).toThrow(/levels is "error"/);
    expect(() => new Logger({ sinks: [logHook({ run() {}, level: 'loud' as never })] })).toThrow(
      /level is "loud"/,
    );
    // @ts-expect-error a level that does not exist
    expect(() => logHook({ run() {}, level: 'loud' })).not.toThrow();
  });
});
