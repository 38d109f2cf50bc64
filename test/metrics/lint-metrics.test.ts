import { describe, expect, it } from 'vitest';
import { Counter, defaultMetrics, Gauge, Histogram, lintMetrics } from '../../src/metrics/index.js';
import { testRegistry } from './setup.js';

/** The advice on one metric of that name. */
function adviceOn(
  name: string,
  Class: typeof Counter | typeof Gauge | typeof Histogram,
  labelNames: string[] = [],
) {
  const { registry } = testRegistry();
  registry.registerMetric(new (Class as typeof Gauge)({ name, help: 'h', labelNames }) as never);
  return lintMetrics(registry).map(({ advice }) => advice);
}

describe('lintMetrics', () => {
  it('is content with usual names', () => {
    expect(adviceOn('http_requests_total', Counter, ['method', 'status'])).toEqual([]);
    expect(adviceOn('http_request_duration_seconds', Histogram, ['route'])).toEqual([]);
    expect(adviceOn('queue_length', Gauge)).toEqual([]);
    expect(adviceOn('temperature_celsius', Gauge)).toEqual([]);
  });

  it('is content with telltale’s own runtime metrics', () => {
    const { registry } = testRegistry();
    defaultMetrics(registry).stop();
    expect(lintMetrics(registry)).toEqual([]);
  });

  it('tells what to change', () => {
    expect(adviceOn('latency_ms', Gauge)).toEqual(['measure in seconds instead of ms']);
    expect(adviceOn('cpu_percent', Gauge)).toEqual(['measure in ratio instead of percent']);
    expect(adviceOn('size_megabytes', Gauge)).toEqual(['measure in bytes instead of megabytes']);
    expect(adviceOn('requests', Counter)).toEqual(['the name of a counter ends in _total']);
    expect(adviceOn('requests_total', Gauge)).toEqual(['only counters end in _total']);
    expect(adviceOn('items_count', Gauge)).toEqual(['only lines of a distribution end in _count']);
    expect(adviceOn('queue_gauge', Gauge)).toEqual(['leave the type, gauge, out of the name']);
    expect(adviceOn('queueLength', Gauge)).toEqual(['write snake_case, not camelCase']);
    expect(adviceOn('job:errors', Gauge)).toEqual(['leave colons to recording rules']);
    expect(adviceOn('x', Gauge, ['userId'])).toEqual(['write the label userId in snake_case']);
  });
});
