import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createResource } from '../../src/common/resource.js';
import { temporalityOf } from '../../src/exporters/otlp/temporality.js';
import {
  Counter,
  Gauge,
  Histogram,
  NativeHistogram,
  registryReader,
  Summary,
  UpDownCounter,
} from '../../src/metrics/index.js';
import { CUMULATIVE, DELTA } from '../../src/metrics/resource-metrics.js';
import { testRegistry } from './setup.js';

const resource = createResource({ service: { name: 'shop' }, env: {} });

function deltaReader(options = {}) {
  const made = testRegistry(options);
  const reader = registryReader({ registry: made.registry, resource, temporality: temporalityOf('delta') });
  const read = async () => {
    const { scopeMetrics } = await reader.read();
    return scopeMetrics.flatMap(({ metrics }) => metrics);
  };
  return { ...made, reader, read };
}

describe('registryReader with delta temporality', () => {
  it('gives of a counter what came since it looked last, and nothing where nothing came', async () => {
    const { registry, clock, read } = deltaReader();
    const counter = registry.getOrCreate(Counter, { name: 'c_total', help: 'c', labelNames: ['a'] });
    counter.inc({ a: 'x' }, 3);
    clock.advanceSync(1000);
    const [first] = await read();
    expect(first).toMatchObject({ aggregationTemporality: DELTA, isMonotonic: true });
    expect(first!.dataPoints.map(({ attributes, value }) => [attributes.a, value])).toEqual([['x', 3]]);
    clock.advanceSync(1000);
    expect(await read()).toEqual([]);
    counter.inc({ a: 'x' }, 4);
    counter.inc({ a: 'y' });
    clock.advanceSync(1000);
    const [third] = await read();
    expect(third!.dataPoints.map(({ attributes, value }) => [attributes.a, value])).toEqual([
      ['x', 4],
      ['y', 1],
    ]);
    // From the reading in between, and for the new one from when it began.
    expect(third!.dataPoints.map(({ startTime, endTime }) => endTime[0] - startTime[0])).toEqual([1, 1]);
  });

  it('begins anew with a series that did', async () => {
    const { registry, clock, read } = deltaReader();
    const counter = registry.getOrCreate(Counter, { name: 'c_total', help: 'c' });
    counter.inc(10);
    await read();
    counter.reset();
    counter.inc(2);
    expect((await read())[0]!.dataPoints[0]!.value).toBe(2);
    clock.advanceSync(5);
    counter.reset();
    counter.inc(50);
    expect((await read())[0]!.dataPoints[0]!.value).toBe(50);
  });

  it('keeps apart what two readers saw', async () => {
    const { registry, read } = deltaReader();
    const other = registryReader({ registry, resource, temporality: () => DELTA });
    const counter = registry.getOrCreate(Counter, { name: 'c_total', help: 'c' });
    counter.inc(1);
    await read();
    counter.inc(2);
    expect((await other.read()).scopeMetrics[0]!.metrics[0]!.dataPoints[0]!.value).toBe(3);
    expect((await read())[0]!.dataPoints[0]!.value).toBe(2);
  });

  it('leaves cumulative what goes up and down, and gauges as they are', async () => {
    const { registry, read } = deltaReader();
    registry.getOrCreate(UpDownCounter, { name: 'open', help: 'o' }).inc(-2);
    registry.getOrCreate(Gauge, { name: 'g', help: 'g' }).set(5);
    const summary = registry.getOrCreate(Summary, { name: 's', help: 's', percentiles: [0.5] });
    summary.observe(4);
    await read();
    summary.observe(6);
    const shown = Object.fromEntries(
      (await read()).map(({ descriptor, aggregationTemporality, dataPoints }) => [
        descriptor.name,
        [aggregationTemporality, dataPoints[0]!.value],
      ]),
    );
    expect(shown).toMatchObject({
      open: [CUMULATIVE, -2],
      g: [CUMULATIVE, 5],
      s_sum: [CUMULATIVE, 10],
      s_count: [DELTA, 1],
    });
  });

  it('adds up to what a cumulative reader sees, for histograms of both kinds', async () => {
    const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(fc.array(values, { maxLength: 5 }), async (rounds) => {
        const { registry, read } = deltaReader();
        const classic = registry.getOrCreate(Histogram, { name: 'h', help: 'h', buckets: [-5, 0, 100] });
        const native = registry.getOrCreate(NativeHistogram, { name: 'n', help: 'n' });
        let counts = [0, 0, 0, 0];
        let classicCount = 0;
        let nativeCount = 0;
        for (const round of rounds) {
          for (const value of round) {
            classic.observe(value);
            native.observe(value);
          }
          for (const { descriptor, dataPoints } of await read()) {
            const value = dataPoints[0]!.value as unknown as {
              count: number;
              zeroCount: number;
              buckets: { counts: number[] };
              positive: { bucketCounts: number[] };
              negative: { bucketCounts: number[] };
            };
            if (descriptor.name === 'h') {
              counts = counts.map((count, i) => count + value.buckets.counts[i]!);
              classicCount += value.count;
            } else {
              nativeCount += value.count;
              const inBuckets = [...value.positive.bucketCounts, ...value.negative.bucketCounts];
              expect(inBuckets.reduce((a, b) => a + b, value.zeroCount)).toBe(value.count);
            }
          }
        }
        const all = rounds.flat();
        expect(classicCount).toBe(all.length);
        expect(nativeCount).toBe(all.length);
        expect(counts).toEqual([
          all.filter((value) => value <= -5).length,
          all.filter((value) => value > -5 && value <= 0).length,
          all.filter((value) => value > 0 && value <= 100).length,
          all.filter((value) => value > 100).length,
        ]);
      }),
    );
  });

  it('tells of each exemplar once', async () => {
    const { registry, clock, read } = deltaReader();
    const counter = registry.getOrCreate(Counter, { name: 'c_total', help: 'c' });
    counter.inc();
    const [series] = counter.series();
    const kept = { value: 1, time: clock.now(), traceId: 'a'.repeat(32) };
    series!.exemplars = { offer() {}, read: () => [kept] };
    expect((await read())[0]!.dataPoints[0]!.exemplars).toMatchObject([{ value: 1, traceId: kept.traceId }]);
    clock.advanceSync(1000);
    counter.inc();
    await read();
    clock.advanceSync(1000);
    counter.inc();
    expect((await read())[0]!.dataPoints[0]!.exemplars).toBeUndefined();
  });
});
