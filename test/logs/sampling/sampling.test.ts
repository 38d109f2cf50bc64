import { trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { rootContext } from '../../../src/common/context.js';
import { AsyncLocalContextManager } from '../../../src/common/context-manager.js';
import { Diagnostics } from '../../../src/common/diagnostics.js';
import { seededRandom } from '../../../src/common/random.js';
import { withSpan } from '../../../src/common/with-span.js';
import {
  deduplicated,
  fingersCrossed,
  firstThenEvery,
  Logger,
  type LoggerOptions,
  memorySink,
  redaction,
  sampled,
  tokenBucket,
  withContext,
} from '../../../src/logs/index.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';

function make(options: LoggerOptions) {
  const sink = memorySink();
  const clock = new FakeClock({ now: 1_000_000 });
  const diagnostics = new Diagnostics({ clock });
  const contextManager = new AsyncLocalContextManager();
  const logger = new Logger({ sinks: [sink], clock, diagnostics, contextManager, ...options });
  const suppressed = () =>
    [...diagnostics.counters()]
      .filter(({ name }) => name === 'telltale_log_lines_suppressed_total')
      .reduce((sum, { value }) => sum + value, 0);
  const inTrace = (n: number, fn: () => void) => {
    const traceId = n.toString(16).padStart(32, '0');
    const span = trace.wrapSpanContext({ traceId, spanId: '00000000000000ff', traceFlags: 1 });
    contextManager.with(withSpan(rootContext, span), fn);
  };
  const messages = () => sink.records.map(({ msg }) => msg);
  return { logger, sink, clock, suppressed, inTrace, messages, contextManager };
}

describe('sampled', () => {
  it('writes a share of each level and counts the rest', () => {
    const { logger, sink, suppressed } = make({
      level: 'debug',
      sampling: sampled({ debug: 0.1, info: 0, warn: 1 }, { random: seededRandom(7) }),
    });
    for (let i = 0; i < 1000; i++) {
      logger.debug('d');
      logger.info('i');
      logger.warn('w');
      logger.error('e');
    }
    const count = (level: string) => sink.records.filter((record) => record.level === level).length;
    expect(count('debug')).toBeGreaterThan(70);
    expect(count('debug')).toBeLessThan(130);
    expect([count('info'), count('warn'), count('error')]).toEqual([0, 1000, 1000]);
    expect(suppressed()).toBe(2000 - count('debug'));
    expect(() => sampled({ info: 2 })).toThrow('sampled: info is 2; accepted: a number from 0 to 1');
  });
});

describe('firstThenEvery', () => {
  it('counts by message and interval', () => {
    const { logger, clock, suppressed, messages } = make({
      sampling: firstThenEvery({ first: 2, every: 3, interval: 1000 }),
    });
    for (let i = 0; i < 9; i++) logger.info('often', { i });
    logger.info('seldom');
    for (let i = 0; i < 5; i++) logger.error('always');
    expect(messages()).toEqual(['often', 'often', 'often', 'often', 'seldom', ...Array(5).fill('always')]);
    expect(suppressed()).toBe(5);
    clock.set(5_000_000);
    clock.advanceSync(1000);
    logger.info('often');
    expect(messages().at(-1)).toBe('often');
  });

  it('keeps no more than so many messages apart', () => {
    const { logger, sink } = make({ sampling: firstThenEvery({ first: 1, every: 0 }) });
    for (let i = 0; i < 10_000; i++) logger.info(`message ${i}`);
    expect(sink.lines.length).toBe(4097);
  });

  it('checks its options', () => {
    expect(() => firstThenEvery({ first: 0.5 })).toThrow('firstThenEvery: first is 0.5');
    expect(() => firstThenEvery({ keep: 'loud' as never })).toThrow('firstThenEvery: level is "loud"');
  });
});

describe('tokenBucket', () => {
  it('lets through bursts and then the rate', () => {
    const { logger, clock, sink, suppressed } = make({ sampling: tokenBucket({ rate: 10, burst: 5 }) });
    const log = (n: number) => {
      for (let i = 0; i < n; i++) logger.info('m');
    };
    log(20);
    expect(sink.lines.length).toBe(5);
    clock.advanceSync(250);
    log(20);
    expect(sink.lines.length).toBe(7);
    clock.advanceSync(60_000);
    log(20);
    expect(sink.lines.length).toBe(12);
    logger.error('always');
    expect(sink.lines.length).toBe(13);
    expect(suppressed()).toBe(48);
    expect(() => tokenBucket({ rate: 0 })).toThrow('tokenBucket: rate is 0');
    expect(() => tokenBucket({} as never)).toThrow('tokenBucket: rate is NaN');
  });
});

describe('deduplicated', () => {
  it('writes a line once, and then how often it was repeated', async () => {
    const { logger, clock, sink, suppressed } = make({ sampling: deduplicated({ interval: 1000 }) });
    for (let i = 0; i < 4; i++) logger.warn('again', { i });
    logger.info('other');
    logger.info('again');
    expect(sink.lines.length).toBe(3);
    await clock.advance(1000);
    expect(sink.records.slice(3)).toMatchObject([{ level: 'warn', msg: 'again', repeated: 3 }]);
    expect(sink.records[3]).not.toHaveProperty('i');
    expect(Date.parse(sink.records[3]!.time as string)).toBe(1_001_000);
    logger.warn('again', { i: 9 });
    expect(sink.records[4]).toMatchObject({ msg: 'again', i: 9 });
    expect(suppressed()).toBe(3);
  });

  it('tells at a flush and at a fatal line, and keeps bound fields', async () => {
    const { logger, sink } = make({ sampling: deduplicated({ by: ({ message }) => message }) });
    const child = logger.child({ part: 'db' });
    for (let i = 0; i < 3; i++) child.info('m');
    await logger.flush();
    expect(sink.records[1]).toMatchObject({ msg: 'm', repeated: 2, part: 'db' });
    child.info('m');
    child.info('m');
    logger.fatal('over');
    expect(sink.records.slice(2).map(({ msg, repeated }) => [msg, repeated])).toEqual([
      ['m', undefined],
      ['over', undefined],
      ['m', 1],
    ]);
  });

  it('belongs to one logger, and is bounded', () => {
    const stage = deduplicated({ maxMessages: 2 });
    const { logger, sink } = make({ sampling: stage });
    for (let i = 0; i < 4; i++) for (let j = 0; j < 2; j++) logger.info(`m${i}`);
    expect(sink.lines.length).toBe(6);
    expect(() => make({ sampling: stage })).toThrow('deduplicated: given to two loggers');
    expect(() => deduplicated({ interval: 0 })).toThrow('deduplicated: interval is 0');
  });
});

describe('fingersCrossed', () => {
  it('writes the debug lines of a request only if it fails', () => {
    const { logger, sink, clock, inTrace, messages, suppressed } = make({
      level: 'trace',
      buffer: fingersCrossed({ quiet: 10_000 }),
      redact: redaction({ keys: ['secret'] }),
    });
    const fields = { secret: 1, list: [1] };
    inTrace(1, () => logger.debug('one: debug', fields));
    fields.list.push(2);
    inTrace(2, () => logger.debug('two: debug'));
    clock.advanceSync(5);
    inTrace(1, () => {
      logger.info('one: info');
      logger.error('one: error');
      logger.trace('one: later');
    });
    expect(messages()).toEqual(['one: info', 'one: debug', 'one: error', 'one: later']);
    expect(sink.records[1]).toMatchObject({
      secret: '[Redacted]',
      list: [1],
      trace_id: '1'.padStart(32, '0'),
    });
    expect(Date.parse(sink.records[1]!.time as string)).toBe(1_000_000);
    clock.advanceSync(20_000);
    inTrace(2, () => logger.error('two: too late'));
    expect(messages()).not.toContain('two: debug');
    inTrace(3, () => logger.debug('three: debug'));
    expect(suppressed()).toBe(1);
  });

  it('knows the requests of withContext, and holds what belongs to none together', () => {
    const { logger, messages, contextManager } = make({ level: 'debug', buffer: fingersCrossed() });
    withContext({ id: 1 }, () => logger.debug('a'), contextManager);
    withContext(
      { id: 2 },
      () => {
        logger.debug('b');
        logger.error('b fails');
      },
      contextManager,
    );
    logger.debug('c');
    logger.error('c fails');
    logger.debug('d');
    expect(messages()).toEqual(['b', 'b fails', 'c', 'c fails']);
  });

  it('is bounded by lines, in each request and in all', () => {
    const { logger, inTrace, messages, suppressed } = make({
      level: 'debug',
      buffer: fingersCrossed({ maxLines: 2, maxTotal: 4 }),
    });
    for (let request = 1; request <= 3; request++) {
      inTrace(request, () => {
        for (let i = 0; i < 3; i++) logger.debug(`${request}.${i}`);
      });
    }
    for (let request = 1; request <= 3; request++) inTrace(request, () => logger.error(`${request} fails`));
    expect(messages()).toEqual(['1 fails', '2.1', '2.2', '2 fails', '3.1', '3.2', '3 fails']);
    expect(suppressed()).toBe(5);
  });

  it('survives hostile fields and checks its options', () => {
    const { logger, sink } = make({ level: 'debug', buffer: fingersCrossed() });
    logger.debug('m', {
      get bad() {
        throw new Error('no');
      },
    });
    logger.error('over');
    expect(sink.records[0]).toMatchObject({ msg: 'm', bad: '[Throws: no]' });
    expect(() => fingersCrossed({ maxLines: 0 })).toThrow('fingersCrossed: maxLines is 0');
    expect(() => fingersCrossed({ activate: 'loud' as never })).toThrow('fingersCrossed: level is "loud"');
  });
});
