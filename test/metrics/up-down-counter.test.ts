import { describe, expect, it } from 'vitest';
import { createResource } from '../../src/common/resource.js';
import { collectResourceMetrics, Gauge, UpDownCounter } from '../../src/metrics/index.js';
import { testRegistry } from './setup.js';

describe('UpDownCounter', () => {
  it('goes up and down, by labels and by handle', async () => {
    const { registry } = testRegistry();
    const open = registry.getOrCreate(UpDownCounter, { name: 'open', help: 'o', labelNames: ['pool'] });
    open.inc({ pool: 'a' });
    open.inc({ pool: 'a' }, 2.5);
    open.dec({ pool: 'a' });
    open.labels('b').dec(3);
    open.inc({ pool: 'b' }, -1);
    expect(await registry.metrics()).toBe(
      '# HELP open o\n# TYPE open gauge\nopen{pool="a"} 2.5\nopen{pool="b"} -4\n',
    );
  });

  it('is a sum that may fall, for OpenTelemetry', async () => {
    const { registry } = testRegistry();
    registry.getOrCreate(UpDownCounter, { name: 'open', help: 'o' }).inc(-2);
    const [metric] = (await collectResourceMetrics(registry, createResource())).scopeMetrics[0]!.metrics;
    expect(metric).toMatchObject({ dataPointType: 3, isMonotonic: false, dataPoints: [{ value: -2 }] });
  });

  it('leaves out what is not a finite number, and goes on after reset', async () => {
    const { registry, troubles } = testRegistry();
    const open = registry.getOrCreate(UpDownCounter, { name: 'open', help: 'o', labelNames: ['a'] });
    const handle = open.labels('x');
    for (const bad of [Number.NaN, Infinity, '1', 1n, {}, Symbol('x')]) {
      handle.inc(bad as never);
      handle.dec(bad as never);
    }
    expect(troubles).toHaveLength(1);
    expect(handle.value).toBe(0);
    open.reset();
    handle.dec();
    expect((await open.get()).values).toEqual([{ labels: { a: 'x' }, value: -1 }]);
  });

  it('is not a gauge', () => {
    const { registry } = testRegistry();
    registry.getOrCreate(UpDownCounter, { name: 'open', help: 'o' });
    expect(() => registry.getOrCreate(Gauge, { name: 'open', help: 'o' })).toThrow(/as updown .*, not gauge/);
  });
});
