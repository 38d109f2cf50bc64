import { execFileSync } from 'node:child_process';
import { collectDefaultMetrics, Registry as PromRegistry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { defaultMetrics, Registry } from '../../src/metrics/index.js';
import { parseExposition } from './exposition.js';

let stop: (() => void) | undefined;
afterEach(() => stop?.());

describe('defaultMetrics', () => {
  it('has every metric of prom-client, of the same type and labels, but for gauges named as counters', async () => {
    const registry = new Registry();
    ({ stop } = defaultMetrics(registry));
    const peer = new PromRegistry();
    collectDefaultMetrics({ register: peer });
    const ours = parseExposition(await registry.metrics());
    const theirs = await peer.getMetricsAsJSON();
    for (const { name, type, values } of theirs) {
      if (/^nodejs_active_\w+_total$/.test(name)) {
        expect(ours.map((metric) => metric.name)).not.toContain(name);
        continue;
      }
      const metric = ours.find((candidate) => candidate.name === name);
      expect(metric?.type, name).toBe(type);
      if (values.length === 0 || metric!.samples.length === 0) continue;
      expect(Object.keys(metric!.samples[0]!.labels).sort(), name).toEqual(
        Object.keys(values[0]!.labels).sort(),
      );
    }
    expect(theirs.length).toBeGreaterThan(20);
    peer.clear();
  });

  it('tells plausible figures', async () => {
    const registry = new Registry();
    ({ stop } = defaultMetrics(registry));
    const value = (name: string) =>
      parseExposition(text).find((metric) => metric.name === name)?.samples[0]?.value ?? Number.NaN;
    // The histogram does not count the sample that it was begun in, which may be late on a busy machine.
    const pause = () => new Promise((resolve) => setTimeout(resolve, 40));
    let text = '';
    do {
      await pause();
      const busyUntil = performance.now() + 70;
      while (performance.now() < busyUntil);
      await pause();
      text = await registry.metrics();
    } while (value('nodejs_eventloop_lag_max_seconds') <= 0.05);
    expect(value('process_cpu_seconds_total')).toBeGreaterThan(0.06);
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(10e6);
    expect(value('nodejs_heap_size_used_bytes')).toBeGreaterThan(1e6);
    expect(value('nodejs_eventloop_lag_max_seconds')).toBeGreaterThan(0.05);
    expect(text).toMatch(/^nodejs_active_resources\{type="\w+"\} [1-9]/m);
    expect(value('process_start_time_seconds')).toBeLessThan(Date.now() / 1000);
    expect(text).toContain(`nodejs_version_info{version="${process.version}",major="`);
  });

  it('records garbage collections by kind', async () => {
    const registry = new Registry();
    ({ stop } = defaultMetrics(registry, { prefix: 'x_', gcDurationBuckets: [1] }));
    const garbage: unknown[][] = [];
    for (let i = 0; i < 400; i++) garbage[i % 10] = new Array(20_000).fill({});
    await expect
      .poll(() => registry.metrics())
      .toMatch(/x_nodejs_gc_duration_seconds_bucket\{le="1",kind="(minor|major|incremental)"\} [1-9]/);
  });

  it('does nothing after stop, and lets the process end', async () => {
    const registry = new Registry();
    const metrics = defaultMetrics(registry);
    metrics.stop();
    await registry.metrics();
    const rss = await registry.getSingleMetricAsString('process_resident_memory_bytes');
    expect(rss).toContain('process_resident_memory_bytes 0\n');
    const script =
      "import('./src/metrics/index.ts').then(({ Registry, defaultMetrics }) => { const r = new Registry(); defaultMetrics(r); r.metrics().then(() => console.log('read')) })";
    const out = execFileSync(process.execPath, ['--import', 'tsx', '-e', script], { timeout: 60_000 });
    expect(String(out)).toBe('read\n');
  });

  it('refuses wrong options', () => {
    const registry = new Registry();
    expect(() => defaultMetrics(undefined as never)).toThrow(/defaultMetrics: registry/);
    expect(() => defaultMetrics(registry, { prefix: '1' })).toThrow(/prefix is "1"/);
    expect(() => defaultMetrics(registry, { eventLoopMonitoringPrecision: 0 })).toThrow(/Precision is 0/);
  });
});
