import { context, trace } from '@opentelemetry/api';
import { createTestTelemetry } from 'telltale/testing';
import { expect, it } from 'vitest';
import { Counter } from '../../src/metrics/index.js';

it('gives the same ids at every run, and again after a reset', () => {
  const ids = () => {
    const telemetry = createTestTelemetry();
    telemetry.tracer.startSpan('one').end();
    const [first] = telemetry.spans;
    telemetry.reset();
    telemetry.tracer.startSpan('one').end();
    return [first, telemetry.spans[0]].map((span) => span!.spanContext().traceId);
  };
  const [one, two] = ids();
  expect(one).toBe(two);
  expect(ids()).toEqual([one, two]);
  expect(createTestTelemetry({ seed: 2 }).tracer.startSpan('one').spanContext().traceId).not.toBe(one);
});

it('has a clock that only the test moves', async () => {
  const telemetry = createTestTelemetry({ now: Date.UTC(2030, 0, 1) });
  const span = telemetry.tracer.startSpan('wait');
  await telemetry.clock.advance(1_500);
  telemetry.logger.info('after');
  span.end();
  expect(telemetry.spans[0]!.duration).toEqual([1, 500_000_000]);
  expect(telemetry.spans[0]!.startTime).toEqual([Date.UTC(2030, 0, 1) / 1000, 0]);
  expect(telemetry.records[0]!.time).toBe('2030-01-01T00:00:01.500Z');
});

it('keeps two telemetries apart, and leaves the globals alone', () => {
  const a = createTestTelemetry();
  const b = createTestTelemetry({ seed: 2 });
  a.tracer.startActiveSpan('a', (span) => {
    b.logger.info('from b');
    b.tracer.startSpan('b').end();
    expect(trace.getSpan(context.active())).toBeUndefined();
    span.end();
  });
  expect(a.spans.map(({ name }) => name)).toEqual(['a']);
  expect(b.spans[0]!.parentSpanContext).toBeUndefined();
  expect(b.records[0]).not.toHaveProperty('trace_id');
});

it('forgets everything at a reset, and goes on', async () => {
  const telemetry = createTestTelemetry();
  const jobs = telemetry.registry.getOrCreate(Counter, { name: 'jobs_total', help: 'Jobs.' });
  jobs.inc();
  telemetry.logger.info('one');
  telemetry.tracer.startSpan('one').end();
  telemetry.reset();
  expect([...telemetry.spans, ...telemetry.records]).toEqual([]);
  expect((await jobs.get()).values).toEqual([{ labels: {}, value: 0 }]);
  jobs.inc();
  telemetry.logger.debug('two');
  expect(telemetry.records).toMatchObject([{ level: 'debug', msg: 'two' }]);
});

it('makes wrong labels an error, for a test should see them', () => {
  const telemetry = createTestTelemetry();
  const jobs = telemetry.registry.getOrCreate(Counter, {
    name: 'jobs_total',
    help: 'Jobs.',
    labelNames: ['queue'],
  });
  // @ts-expect-error: not a label of this counter
  expect(() => jobs.inc({ colour: 'red' })).toThrow(/colour/);
});
