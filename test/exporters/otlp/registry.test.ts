import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createResource } from '../../../src/common/resource.js';
import { encodeMetrics } from '../../../src/exporters/otlp/encode-metrics.js';
import { ProtobufWriter } from '../../../src/exporters/otlp/protobuf-writer.js';
import { readProtobuf } from '../../../src/exporters/otlp/read-protobuf.js';
import {
  Counter,
  collectResourceMetrics,
  Gauge,
  Histogram,
  NativeHistogram,
  type Registry,
  UpDownCounter,
} from '../../../src/metrics/index.js';
import { MeterProvider } from '../../../src/metrics/otel/index.js';
import { testRegistry } from '../../metrics/setup.js';
import { decodeOfficially, type Json } from './official.js';

const resource = createResource({ service: { name: 'shop' }, env: {} });
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
);
const wellFormed = (text: string) => Buffer.from(text).toString();

async function sent(registry: Registry): Promise<{ official: Json; json: unknown }> {
  const writer = new ProtobufWriter();
  expect(encodeMetrics(writer, await collectResourceMetrics(registry, resource))).toBe(0);
  const bytes = writer.finish();
  return { official: decodeOfficially('metrics', bytes), json: readProtobuf(bytes, 'metrics') };
}

const metricsIn = (message: Json) =>
  (message.resourceMetrics?.[0]?.scopeMetrics ?? ([] as unknown as Json)).flatMap(
    (scope) => scope.metrics ?? [],
  );

const attributesOf = (point: Json) =>
  Object.fromEntries((point.attributes ?? []).map(({ key, value }: Json) => [key, value!.stringValue ?? '']));

describe('a registry sent by OTLP', () => {
  it('is, decoded with the official schema, what it was', async () => {
    await fc.assert(
      fc.asyncProperty(
        hostile.filter((text) => text !== ''),
        fc.array(fc.tuple(hostile, fc.double({ noNaN: true })), { minLength: 1 }),
        async (help, rows) => {
          const { registry } = testRegistry();
          const options = { help, labelNames: ['text'] as const };
          const counter = registry.getOrCreate(Counter, { ...options, name: 'c_total' });
          const open = registry.getOrCreate(UpDownCounter, { ...options, name: 'open' });
          const gauge = registry.getOrCreate(Gauge, { ...options, name: 'g' });
          const classic = registry.getOrCreate(Histogram, { ...options, name: 'h', buckets: [-1, 0, 1e3] });
          const native = registry.getOrCreate(NativeHistogram, { ...options, name: 'n' });
          for (const [text, value] of rows) {
            gauge.set({ text }, value);
            if (!Number.isFinite(value) || Math.abs(value) > 1e300) continue;
            counter.inc({ text }, Math.abs(value));
            open.inc({ text }, value);
            classic.observe({ text }, value);
            native.observe({ text }, value);
          }
          const { official, json } = await sent(registry);
          const found = Object.fromEntries(metricsIn(official).map((metric) => [metric.name, metric]));
          expect(found.g!.description).toBe(wellFormed(help));
          const label = (text: string) => labelled(text);
          for (const [name, metric, shape] of [
            ['c_total', counter, 'sum'],
            ['open', open, 'sum'],
            ['g', gauge, 'gauge'],
          ] as const) {
            const points = (found[name]![shape]!.dataPoints ?? []) as Json;
            const seen = points.map((point) => [attributesOf(point), Number(point.asDouble ?? 0)]);
            expect(seen).toEqual(
              (await metric.get()).values.map(({ labels, value }) => [label(labels.text ?? ''), value + 0]),
            );
          }
          for (const series of classic.series()) {
            const point = ((found.h!.histogram!.dataPoints ?? []) as Json).find(
              (one) => JSON.stringify(attributesOf(one)) === JSON.stringify(label(textIn(series.text))),
            )!;
            expect((point.bucketCounts as unknown as string[]).map(Number)).toEqual(series.counts);
            expect(Number(point.count)).toBe(series.count);
            expect(Number(point.sum ?? 0)).toBe(series.sum + 0);
          }
          for (const series of native.series()) {
            const point = ((found.n!.exponentialHistogram!.dataPoints ?? []) as Json).find(
              (one) => JSON.stringify(attributesOf(one)) === JSON.stringify(label(textIn(series.text))),
            )!;
            const data = series.data();
            const side = (buckets: Json | undefined) =>
              ((buckets?.bucketCounts ?? []) as unknown as string[]).map(Number);
            expect(side(point.positive)).toEqual(data.positive.counts);
            expect(side(point.negative)).toEqual(data.negative.counts);
            expect([Number(point.scale ?? 0), Number(point.count), Number(point.zeroCount ?? 0)]).toEqual([
              data.scale,
              data.count,
              data.zeroCount,
            ]);
          }
          expect((json as { resourceMetrics: unknown[] }).resourceMetrics).toHaveLength(1);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('keeps names, units, scopes and attributes of instruments as they were given', async () => {
    const { registry } = testRegistry();
    const provider = new MeterProvider({ registry, resource });
    const meter = provider.getMeter('db', '2.0', { schemaUrl: 'https://opentelemetry.io/schemas/1.30.0' });
    meter
      .createCounter('db.calls', { unit: '{call}' })
      .add(2, { 'db.system': 'pg', ok: true, n: 5, f: 0.5, l: ['a'] });
    const { official } = await sent(registry);
    expect(official.resourceMetrics![0]!.scopeMetrics).toMatchObject([
      {
        scope: { name: 'db', version: '2.0' },
        schemaUrl: 'https://opentelemetry.io/schemas/1.30.0',
        metrics: [
          {
            name: 'db.calls',
            unit: '{call}',
            sum: {
              isMonotonic: true,
              aggregationTemporality: 2,
              dataPoints: [
                {
                  asDouble: 2,
                  attributes: [
                    { key: 'db.system', value: { stringValue: 'pg' } },
                    { key: 'ok', value: { boolValue: true } },
                    { key: 'n', value: { intValue: '5' } },
                    { key: 'f', value: { doubleValue: 0.5 } },
                    { key: 'l', value: { arrayValue: { values: [{ stringValue: 'a' }] } } },
                  ],
                },
              ],
            },
          },
        ],
      },
    ]);
  });
});

function labelled(text: string): Record<string, string> {
  return text === '' ? {} : { text: wellFormed(text) };
}

/** The one label in the text of a series. */
function textIn(text: string): string {
  const value = /^text="([\s\S]*)"\} $/.exec(text)?.[1] ?? '';
  return value.replace(/\\(.)/gs, (_, character) => (character === 'n' ? '\n' : character));
}
