import { AggregationTemporality, InstrumentType } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { type Diagnostic, Diagnostics } from '../../../src/common/diagnostics.js';
import { createResource } from '../../../src/common/resource.js';
import { otlpMetricExporter } from '../../../src/exporters/otlp/index.js';
import { Counter, NativeHistogram, periodicExporter } from '../../../src/metrics/index.js';
import { TestServer } from '../../common/http-server.js';
import { testRegistry } from '../../metrics/setup.js';
import { decodeOfficially } from './official.js';

const VARIABLE = 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE';
const { DELTA, CUMULATIVE } = AggregationTemporality;

describe('otlpMetricExporter: temporality', () => {
  it.each([
    [undefined, []],
    ['cumulative', []],
    ['delta', [InstrumentType.COUNTER, InstrumentType.HISTOGRAM, InstrumentType.OBSERVABLE_COUNTER]],
    ['lowmemory', [InstrumentType.COUNTER, InstrumentType.HISTOGRAM]],
  ] as const)('%s', (temporality, deltas) => {
    const chosen = (exporter: ReturnType<typeof otlpMetricExporter>) =>
      Object.values(InstrumentType).filter((type) => exporter.selectAggregationTemporality(type) === DELTA);
    const option = temporality === undefined ? {} : { temporality };
    expect(chosen(otlpMetricExporter({ env: {}, ...option })).sort()).toEqual([...deltas].sort());
    const env = { [VARIABLE]: temporality?.toUpperCase() };
    expect(chosen(otlpMetricExporter({ env })).sort()).toEqual([...deltas].sort());
  });

  it('tells of a variable that makes no sense, and refuses an option that makes none', () => {
    const troubles: Diagnostic[] = [];
    const diagnostics = new Diagnostics({ handler: (trouble) => void troubles.push(trouble) });
    const exporter = otlpMetricExporter({ env: { [VARIABLE]: 'sometimes' }, diagnostics });
    expect(exporter.selectAggregationTemporality('COUNTER')).toBe(CUMULATIVE);
    expect(troubles.map(({ message }) => message)).toEqual([
      `${VARIABLE} is passed over; accepted: cumulative, delta, lowmemory`,
    ]);
    expect(() => otlpMetricExporter({ temporality: 'sometimes' as never })).toThrow(
      /temporality is "sometimes"/,
    );
    expect(() => otlpMetricExporter({ temporalty: 'delta' } as never)).toThrow(/unknown option "temporalty"/);
  });

  it('reaches the back end, with exemplars and native histograms', async () => {
    const server = await TestServer.start();
    const { registry, clock } = testRegistry();
    const counter = registry.getOrCreate(Counter, { name: 'c_total', help: 'c' });
    const native = registry.getOrCreate(NativeHistogram, { name: 'n', help: 'n' });
    const [series] = counter.series();
    series!.exemplars = {
      offer() {},
      read: () => [{ value: 1, time: clock.now(), traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) }],
    };
    const periodic = periodicExporter({
      registry,
      resource: createResource({ service: { name: 'shop' }, env: {} }),
      exporter: otlpMetricExporter({ endpoint: server.url, temporality: 'delta', env: {} }),
      clock,
    });
    for (const value of [3, 4]) {
      counter.inc(value);
      native.observe(value);
      await periodic.flush();
      clock.advanceSync(1000);
    }
    const [first, second] = server.received.map(
      ({ body }) => decodeOfficially('metrics', body).resourceMetrics![0]!.scopeMetrics![0]!.metrics!,
    );
    expect(first![0]).toMatchObject({
      name: 'c_total',
      sum: {
        aggregationTemporality: 1,
        isMonotonic: true,
        dataPoints: [
          { asDouble: 3, exemplars: [{ asDouble: 1, traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) }] },
        ],
      },
    });
    expect(second![0]).toMatchObject({ sum: { dataPoints: [{ asDouble: 4 }] } });
    expect(second![1]).toMatchObject({
      name: 'n',
      exponentialHistogram: {
        aggregationTemporality: 1,
        dataPoints: [{ count: '1', sum: 4, scale: 8, positive: { bucketCounts: ['1'] } }],
      },
    });
    await periodic.shutdown();
    await server.stop();
  });
});
