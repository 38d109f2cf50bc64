import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { expect, expectTypeOf, it } from 'vitest';
import { AsyncLocalContextManager } from '../../../src/common/context-manager.js';
import { TelltaleError } from '../../../src/common/errors.js';
import { type Outcome, startTransaction, TransactionMonitor } from '../../../src/instrument/transactions.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import { setup as setupTrace } from '../../trace/support.js';

function setup() {
  const contextManager = new AsyncLocalContextManager();
  const clock = new FakeClock();
  const monitor = new TransactionMonitor({ clock });
  const test = setupTrace({ contextManager, clock, spanProcessors: [monitor] });
  return { ...test, clock, monitor, telemetry: { tracer: test.tracer, contextManager, clock } };
}

it('begins, runs and ends a transaction', async () => {
  const { telemetry, ended, monitor, tracer } = setup();
  const transaction = startTransaction(telemetry, 'import orders', {
    attributes: { source: 'ftp' },
    kind: SpanKind.CONSUMER,
  });
  const result = await transaction.run(async () => {
    await Promise.resolve();
    tracer.startSpan('inside').end();
    return 7;
  });
  expect(result).toBe(7);
  expect(transaction.outcome).toBeUndefined();
  transaction.end();
  transaction.end('failure', new Error('too late'));
  const [inside, span] = ended();
  expect(inside!.parentSpanContext?.spanId).toBe(span!.spanContext().spanId);
  expect(span).toMatchObject({
    name: 'import orders',
    kind: SpanKind.CONSUMER,
    attributes: { source: 'ftp', 'transaction.outcome': 'success' },
    status: { code: SpanStatusCode.UNSET },
  });
  expect(transaction).toMatchObject({
    name: 'import orders',
    outcome: 'success',
    id: span!.spanContext().traceId,
  });
  expect(monitor.statistics().map(({ name, outcomes }) => [name, outcomes.success])).toEqual([
    ['import orders', 1],
  ]);
});

it('ends with what it failed of', () => {
  const { telemetry, last, monitor } = setup();
  startTransaction(telemetry, 'job').end('failure', new RangeError('bad'));
  expect(last()).toMatchObject({
    status: { code: SpanStatusCode.ERROR },
    attributes: { 'transaction.outcome': 'failure' },
  });
  expect(last().events[0]!.attributes).toMatchObject({ 'exception.type': 'RangeError' });
  expect(monitor.statisticsOf('job')).toMatchObject({ successRate: 0, outcomes: { failure: 1 } });
});

it('ends by itself when its time is over, and not when it has ended', async () => {
  const { telemetry, clock, last, monitor } = setup();
  const slow = startTransaction(telemetry, 'slow', { timeout: 1000 });
  const quick = startTransaction(telemetry, 'quick', { timeout: 1000 });
  quick.end();
  expect(clock.pending).toBe(1);
  await clock.advance(1000);
  expect(slow.outcome).toBe('timeout');
  expect(quick.outcome).toBe('success');
  expect(last()).toMatchObject({ name: 'slow', attributes: { 'error.type': 'timeout' } });
  expect(monitor.statisticsOf('slow')).toMatchObject({ outcomes: { timeout: 1 } });
});

it('within a request belongs to its trace and counts by itself, unless it is to have its own', () => {
  const { telemetry, tracer, clock, monitor, ended } = setup();
  tracer.startActiveSpan('GET /', (request) => {
    clock.advanceSync(1);
    const named = startTransaction(telemetry, 'checkout');
    expect(named.id).toBe(request.spanContext().traceId);
    named.run(() => {
      clock.advanceSync(2);
      tracer.startActiveSpan('q', { attributes: { 'db.system.name': 'sqlite' } }, (span) => {
        clock.advanceSync(10);
        span.end();
      });
    });
    named.end();
    const own = startTransaction(telemetry, 'audit', { root: true });
    expect(own.id).not.toBe(request.spanContext().traceId);
    own.end();
    request.end();
  });
  expect(ended().map(({ name }) => name)).toEqual(['q', 'checkout', 'audit', 'GET /']);
  expect(monitor.statisticsOf('checkout')).toMatchObject({ count: 1, breakdown: { database: 10, own: 2 } });
  expect(monitor.statisticsOf('GET /')).toMatchObject({ count: 1, breakdown: { database: 10, own: 3 } });
  expect(monitor.statistics()).toHaveLength(3);
});

it('refuses what is wrong', () => {
  const { telemetry } = setup();
  expect(() => startTransaction({}, 'x')).toThrow(/telemetry\.tracer/);
  expect(() => startTransaction(telemetry, '')).toThrow(TelltaleError);
  expect(() => startTransaction(telemetry, 'x', { timeout: -1 })).toThrow(/timeout is -1/);
  // @ts-expect-error no such option
  expect(() => startTransaction(telemetry, 'x', { type: 'request' })).toThrow(/unknown option "type"/);
  expectTypeOf<Outcome>().toEqualTypeOf<'success' | 'failure' | 'timeout'>();
});
