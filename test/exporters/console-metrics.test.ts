import { describe, expect, it } from 'vitest';
import { createResource } from '../../src/common/resource.js';
import { ConsoleMetricExporter } from '../../src/exporters/console.js';
import { Counter, Gauge, Histogram, NativeHistogram, periodicExporter } from '../../src/metrics/index.js';
import { testRegistry } from '../metrics/setup.js';

const resource = createResource({ env: {} });

describe('ConsoleMetricExporter', () => {
  it('prints a table', async () => {
    const { registry, clock } = testRegistry();
    const orders = registry.getOrCreate(Counter, { name: 'orders_total', help: 'o', labelNames: ['by'] });
    orders.inc({ by: 'card' }, 12);
    orders.inc({ by: 'evil \u001b[31m\n' });
    registry.getOrCreate(Gauge, { name: 'load_ratio', help: 'l' }).set(1 / 3);
    const latency = registry.getOrCreate(Histogram, {
      name: 'latency_seconds',
      help: 'l',
      buckets: [0.1, 1],
    });
    const native = registry.getOrCreate(NativeHistogram, { name: 'size_bytes', help: 's' });
    for (const value of [0.05, 0.05, 0.5]) {
      latency.observe(value);
      native.observe(value);
    }
    const written: string[] = [];
    const exporter = new ConsoleMetricExporter({ write: (text) => written.push(text) });
    const periodic = periodicExporter({ registry, resource, exporter, clock });
    await periodic.flush();
    expect(written[0]).toBe(`orders_total         by=card         12
                     by=evil �[31m⏎  1
load_ratio                           0.333333
latency_seconds [s]                  count=3 mean=0.2 p50≤0.1 p99≤1
size_bytes [By]                      count=3 mean=0.2
`);
    await periodic.shutdown();
    expect(
      await new Promise((resolve) => exporter.export({ resource, scopeMetrics: [] }, resolve)),
    ).toMatchObject({
      code: 1,
    });
  });

  it('says that there is nothing, fails where it cannot write, and refuses wrong options', async () => {
    const lines: string[] = [];
    const metrics = { resource, scopeMetrics: [] };
    new ConsoleMetricExporter({ write: (text) => lines.push(text) }).export(metrics, () => {});
    expect(lines).toEqual(['no metrics\n']);
    const failing = new ConsoleMetricExporter({
      write: () => {
        throw new Error('EPIPE');
      },
    });
    expect(await new Promise((resolve) => failing.export(metrics, resolve))).toMatchObject({ code: 1 });
    expect(() => new ConsoleMetricExporter({ colour: true } as never)).toThrow(/unknown option "colour"/);
  });
});
