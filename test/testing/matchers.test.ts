import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { createTestTelemetry } from 'telltale/testing';
import { matchers } from 'telltale/vitest';
import { beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import { Counter, Histogram } from '../../src/metrics/index.js';

expect.extend(matchers);

const telemetry = createTestTelemetry();
const { logger, tracer, registry } = telemetry;
const jobs = registry.getOrCreate(Counter, {
  name: 'jobs_total',
  help: 'Jobs done.',
  labelNames: ['queue', 'code'],
});
beforeEach(() => telemetry.reset());

describe('toHaveSpan', () => {
  beforeEach(() => {
    tracer.startActiveSpan('outer', { kind: SpanKind.SERVER }, (outer) => {
      const inner = tracer.startSpan('inner', { attributes: { n: 7, list: ['a'] } });
      inner.addEvent('halfway');
      inner.setStatus({ code: SpanStatusCode.ERROR });
      inner.end();
      outer.end();
    });
  });

  it('finds a span by name, text or pattern, and by what it is like', () => {
    expect(telemetry).toHaveSpan('inner');
    expect(telemetry).toHaveSpan(/^out/, { kind: 'server', status: 'unset' });
    expect(telemetry).toHaveSpan('inner', {
      kind: 'internal',
      status: 'error',
      parent: 'outer',
      events: ['halfway'],
      attributes: { n: expect.any(Number), list: ['a'] },
      durationMs: 0,
    });
  });

  it.each([
    ['another name', 'absent', {}],
    ['another status', 'inner', { status: 'ok' }],
    ['another kind', 'inner', { kind: 'client' }],
    ['another parent', 'outer', { parent: 'inner' }],
    ['an event that did not happen', 'inner', { events: ['halfway', 'done'] }],
    ['another attribute', 'inner', { attributes: { n: 8 } }],
    ['an attribute that is not there', 'inner', { attributes: { m: 7 } }],
  ] as const)('does not take a span with %s', (_, name, expected) => {
    expect(telemetry).not.toHaveSpan(name, expected);
  });

  it('says what was recorded when it fails', () => {
    expect(() => expect(telemetry).toHaveSpan('absent', { status: 'ok' })).toThrow(
      /expected to find a span "absent" like \{"status":"ok"\}; recorded:\n {2}\{"name":"inner".*\n {2}\{"name":"outer"/,
    );
    telemetry.reset();
    expect(() => expect(telemetry).toHaveSpan('absent')).toThrow(/nothing was recorded/);
  });
});

describe('toHaveLogged', () => {
  it('finds a line by level, message and fields', () => {
    logger.warn('disk nearly full', { percent: 93, disk: 'sda' });
    expect(telemetry).toHaveLogged('warn');
    expect(telemetry).toHaveLogged('warn', /nearly/, { percent: 93 });
    expect(telemetry).not.toHaveLogged('error', 'disk nearly full');
    expect(telemetry).not.toHaveLogged('warn', 'disk full');
    expect(telemetry).not.toHaveLogged('warn', 'disk nearly full', { percent: 94 });
  });

  it('names the lines there are when it fails', () => {
    logger.info('first');
    expect(() => expect(telemetry).toHaveLogged('info', 'second')).toThrow(/"msg":"first"/);
    expect(() => expect(telemetry).not.toHaveLogged('info', 'first')).toThrow(/expected not to find/);
  });
});

describe('toHaveMetric', () => {
  it('finds a sample by name, some of its labels, and value', async () => {
    jobs.inc({ queue: 'mail', code: 200 }, 3);
    await expect(telemetry).toHaveMetric('jobs_total');
    await expect(telemetry).toHaveMetric('jobs_total', { queue: 'mail' }, 3);
    await expect(telemetry).toHaveMetric('jobs_total', { code: 200 }, expect.any(Number));
    await expect(telemetry).not.toHaveMetric('jobs_total', { queue: 'mail' }, 4);
    await expect(telemetry).not.toHaveMetric('jobs_total', { queue: 'print' });
  });

  it('finds the lines of a histogram by their own names', async () => {
    registry.getOrCreate(Histogram, { name: 'wait_seconds', help: 'Waits.', buckets: [1] }).observe(0.5);
    await expect(telemetry).toHaveMetric('wait_seconds_count', {}, 1);
    await expect(telemetry).toHaveMetric('wait_seconds_bucket', { le: '1' }, 1);
  });

  it('names what there is when it fails', async () => {
    jobs.inc({ queue: 'mail', code: 200 });
    await expect(expect(telemetry).toHaveMetric('job_total')).rejects.toThrow(/jobs_total/);
    await expect(expect(telemetry).toHaveMetric('jobs_total', {}, 2)).rejects.toThrow(/"value":1/);
  });
});

it('matchers say so when they are given something else', () => {
  expect(() => expect({}).toHaveSpan('x')).toThrow(/createTestTelemetry/);
});

it('matchers are typed', () => {
  expectTypeOf(expect(telemetry).toHaveSpan).parameter(0).toEqualTypeOf<string | RegExp>();
  // @ts-expect-error: there is no such status
  () => expect(telemetry).toHaveSpan('x', { status: 'fine' });
});
