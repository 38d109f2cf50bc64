import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Format } from '../../../src/exporters/prometheus/accept.js';
import { scrape } from '../../../src/exporters/prometheus/scrape.js';
import {
  Counter,
  type Exemplar,
  Gauge,
  Histogram,
  Info,
  NativeHistogram,
  type Registry,
  StateSet,
  Summary,
  UpDownCounter,
} from '../../../src/metrics/index.js';
import { labelPairs } from '../../../src/metrics/label-pairs.js';
import { labelPair, labelsOf } from '../../../src/metrics/labels.js';
import { testRegistry } from '../../metrics/setup.js';
import { type Decoded, decodeFamilies } from './client-schema.js';
import { parseOpenMetrics } from './open-metrics-reader.js';

/** Any text: controls, quotes, backslashes, every plane, halves of surrogate pairs. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('\n', '\\', '"', '{', '}', ',', '=', ' ', '\r', '\t', '\0', '\u2028', 'n', '#'),
  }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
);
const labelName = fc
  .stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,10}$/)
  .filter((label) => !label.startsWith('__') && label !== 'le' && label !== 'quantile');
const number = fc.oneof(fc.double(), fc.integer());

const wellFormed = (text: string) => Buffer.from(text).toString();

async function scraped(registry: Registry, format: Format): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of scrape(registry, format)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const families = async (registry: Registry) => decodeFamilies(await scraped(registry, 'protobuf'));
const opened = async (registry: Registry) =>
  parseOpenMetrics((await scraped(registry, 'openmetrics')).toString());

const labelsIn = (metric: Decoded) =>
  Object.fromEntries(metric.label.map(({ name, value }: Decoded) => [name, value]));

describe('OpenMetrics and protobuf', () => {
  it('are read back as they were written, whatever the help, labels and values', async () => {
    await fc.assert(
      fc.asyncProperty(
        hostile.filter((text) => text !== ''),
        fc.uniqueArray(labelName, { minLength: 1, maxLength: 3 }),
        fc.array(fc.tuple(fc.array(hostile, { minLength: 3, maxLength: 3 }), number)),
        async (help, labelNames, rows) => {
          const { registry } = testRegistry();
          const gauge = registry.getOrCreate(Gauge, { name: 'g', help, labelNames });
          const expected = new Map<string, { labels: Record<string, string>; value: number }>();
          for (const [values, value] of rows) {
            const given = Object.fromEntries(labelNames.map((label, i) => [label, values[i]!]));
            gauge.set(given, value);
            const labels = Object.fromEntries(
              Object.entries(given)
                .map(([label, text]) => [label, wellFormed(text)] as const)
                .filter(([, text]) => text !== ''),
            );
            expected.set(JSON.stringify(labels), { labels, value: value + 0 });
          }
          const [text] = await opened(registry);
          expect(text).toMatchObject({ name: 'g', help: wellFormed(help), type: 'gauge' });
          expect(text!.samples.map(({ labels, value }) => ({ labels, value: value + 0 }))).toEqual([
            ...expected.values(),
          ]);
          const [family] = await families(registry);
          expect(family).toMatchObject({ name: 'g', help: wellFormed(help), type: 'GAUGE' });
          expect(
            family.metric.map((metric: Decoded) => ({
              labels: labelsIn(metric),
              value: metric.gauge.value + 0,
            })),
          ).toEqual([...expected.values()]);
        },
      ),
    );
  });

  it('hold histograms and summaries', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, fc.array(fc.integer()), async (label, values) => {
        const { registry } = testRegistry({ defaultLabels: { all: label } });
        const histogram = registry.getOrCreate(Histogram, {
          name: 'h_seconds',
          help: 'h',
          labelNames: ['a'],
          buckets: [-1, 0.5, 10],
        });
        const summary = registry.getOrCreate(Summary, {
          name: 's',
          help: 's',
          labelNames: ['a'],
          percentiles: [0, 1],
        });
        for (const value of values) {
          histogram.observe({ a: label }, value);
          summary.observe({ a: label }, value);
        }
        if (values.length === 0) return;
        const text = wellFormed(label);
        const labels: Record<string, string> = text === '' ? {} : { all: text, a: text };
        const sum = values.reduce((a, b) => a + b, 0);
        const upTo = (bound: number) => values.filter((value) => value <= bound).length;
        const [least, most] = [Math.min(...values), Math.max(...values)];

        const [h, s] = await opened(registry);
        expect(h).toMatchObject({ name: 'h_seconds', unit: 'seconds', type: 'histogram' });
        expect(h!.samples.map(({ name, labels, value }) => ({ name, labels, value }))).toEqual([
          { name: 'h_seconds_bucket', labels: { le: '-1.0', ...labels }, value: upTo(-1) },
          { name: 'h_seconds_bucket', labels: { le: '0.5', ...labels }, value: upTo(0) },
          { name: 'h_seconds_bucket', labels: { le: '10.0', ...labels }, value: upTo(10) },
          { name: 'h_seconds_bucket', labels: { le: '+Inf', ...labels }, value: values.length },
          { name: 'h_seconds_sum', labels, value: sum },
          { name: 'h_seconds_count', labels, value: values.length },
        ]);
        expect(s!.samples.slice(0, 2).map(({ labels, value }) => [labels.quantile, value])).toEqual([
          ['0.0', least],
          ['1.0', most],
        ]);

        const [hf, sf] = await families(registry);
        expect(hf).toMatchObject({ name: 'h_seconds', type: 'HISTOGRAM', unit: 'seconds' });
        expect(labelsIn(hf.metric[0])).toEqual(labels);
        expect(hf.metric[0].histogram).toMatchObject({ sampleCount: values.length, sampleSum: sum });
        expect(
          hf.metric[0].histogram.bucket.map(({ cumulativeCount, upperBound }: Decoded) => [
            upperBound,
            cumulativeCount,
          ]),
        ).toEqual([
          [-1, upTo(-1)],
          [0.5, upTo(0)],
          [10, upTo(10)],
          [Infinity, values.length],
        ]);
        expect(sf.metric[0].summary).toMatchObject({
          sampleCount: values.length,
          sampleSum: sum,
          quantile: [
            { quantile: 0, value: least },
            { quantile: 1, value: most },
          ],
        });
      }),
    );
  });

  it('name counters as each has it, and say since when they count', async () => {
    const { registry, clock } = testRegistry({ prefix: 'shop_' });
    clock.advanceSync(1500);
    registry.getOrCreate(Counter, { name: 'sent_bytes_total', help: 'Sent.' }).inc(3);
    registry.getOrCreate(Counter, { name: 'odd', help: 'No total.' }).inc(4);
    const [sent, odd] = await opened(registry);
    expect(sent).toMatchObject({
      name: 'shop_sent_bytes',
      unit: 'bytes',
      type: 'counter',
      samples: [{ name: 'shop_sent_bytes_total', value: 3 }],
    });
    expect(odd).toMatchObject({
      name: 'shop_odd',
      type: 'unknown',
      samples: [{ name: 'shop_odd', value: 4 }],
    });
    const [first, second] = await families(registry);
    expect(first).toMatchObject({ name: 'shop_sent_bytes_total', type: 'COUNTER' });
    const { seconds, nanos } = first.metric[0].counter.createdTimestamp;
    expect(seconds * 1000 + nanos / 1e6).toBe(clock.now());
    expect(second).toMatchObject({ name: 'shop_odd', type: 'COUNTER' });
  });

  it('hold native histograms: their buckets in protobuf, sum and count in OpenMetrics', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }), { minLength: 1 }),
        fc.integer({ min: -4, max: 20 }),
        async (values, maxScale) => {
          const { registry } = testRegistry();
          const native = registry.getOrCreate(NativeHistogram, { name: 'n', help: 'n', maxScale });
          for (const value of values) native.observe(value);
          const [family] = await families(registry);
          const { histogram } = family.metric[0];
          const sum = values.reduce((a, b) => a + b, 0);
          expect(family.type).toBe('HISTOGRAM');
          expect(histogram).toMatchObject({ sampleCount: values.length, zeroThreshold: 2 ** -128 });
          expect(histogram.sampleSum + 0).toBe(sum + 0);
          const { schema } = histogram;
          if (schema < -4) return;
          expect(schema).toBeLessThanOrEqual(8);
          const read = (spans: Decoded[], deltas: number[]) => {
            const buckets = new Map<number, number>();
            let index = 0;
            let count = 0;
            const left = [...deltas];
            for (const { offset, length } of spans) {
              index += offset;
              for (let i = 0; i < length; i++) {
                count += left.shift()!;
                if (count !== 0) buckets.set(index, count);
                index++;
              }
            }
            expect(left).toEqual([]);
            return buckets;
          };
          const positive = read(histogram.positiveSpan, histogram.positiveDelta);
          const negative = read(histogram.negativeSpan, histogram.negativeDelta);
          const total = [...positive.values(), ...negative.values()].reduce(
            (a, b) => a + b,
            histogram.zeroCount,
          );
          expect(total).toBe(values.length);
          // Each value lies in a bucket that holds something.
          const bound = (index: number) => 2 ** (index * 2 ** -schema);
          for (const value of values) {
            const magnitude = Math.abs(value);
            if (magnitude <= 2 ** -128) continue;
            const holds = [...(value > 0 ? positive : negative).keys()].some(
              (index) => magnitude <= bound(index) * (1 + 1e-9) && magnitude > bound(index - 1) * (1 - 1e-9),
            );
            expect(holds).toBe(true);
          }
          const [text] = await opened(registry);
          expect(text!.samples.map(({ name, value }) => [name, value + 0])).toEqual([
            ['n_bucket', values.length],
            ['n_sum', sum + 0],
            ['n_count', values.length],
          ]);
        },
      ),
    );
  });

  it('tell a native histogram without values from a classic one, and leave out what Prometheus cannot have', async () => {
    const { registry } = testRegistry();
    registry.getOrCreate(NativeHistogram, { name: 'empty', help: 'e', zeroThreshold: 0 });
    const coarse = registry.getOrCreate(NativeHistogram, { name: 'coarse', help: 'c', maxScale: -8 });
    coarse.observe(3);
    const [empty, wide] = await families(registry);
    expect(empty.metric[0].histogram.positiveSpan).toEqual([{ offset: 0, length: 0 }]);
    expect(wide.metric[0].histogram).toMatchObject({ sampleCount: 1, positiveSpan: [], negativeSpan: [] });
    expect(wide.metric[0].histogram.bucket).toMatchObject([{ cumulativeCount: 1, upperBound: Infinity }]);
  });

  it('show exemplars where they stand', async () => {
    const kept: Exemplar[] = [
      { value: 0.7, time: 1_700_000_000_125, traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) },
      { value: 2, time: 1_700_000_000_000, labels: { note: '"\n', far: 'x'.repeat(200) } },
    ];
    const { registry } = testRegistry();
    registry.getOrCreate(Counter, { name: 'c_total', help: 'c' }).inc();
    registry.getOrCreate(Counter, { name: 'odd', help: 'o' }).inc();
    registry.getOrCreate(Histogram, { name: 'h', help: 'h', buckets: [1, 5] }).observe(0.7);
    registry.getOrCreate(NativeHistogram, { name: 'n', help: 'n' }).observe(0.7);
    for (const metric of registry.getMetricsAsArray()) {
      for (const series of metric.series()) series.exemplars = { offer() {}, read: () => kept };
    }
    const first = {
      labels: { trace_id: 'a'.repeat(32), span_id: 'b'.repeat(16) },
      value: 0.7,
      timestamp: 1_700_000_000.125,
    };
    const second = { labels: { note: '"\n' }, value: 2, timestamp: 1_700_000_000 };
    const [c, odd, h, n] = await opened(registry);
    expect(c!.samples[0]!.exemplar).toEqual(first);
    expect(odd!.samples[0]!.exemplar).toBeUndefined();
    expect(h!.samples.map(({ exemplar }) => exemplar)).toEqual([
      first,
      second,
      undefined,
      undefined,
      undefined,
    ]);
    expect(n!.samples[0]!.exemplar).toEqual(first);
    const [cf, , hf, nf] = await families(registry);
    const read = ({ label, value, timestamp }: Decoded) => ({
      labels: Object.fromEntries(label.map((pair: Decoded) => [pair.name, pair.value])),
      value,
      timestamp: timestamp.seconds + timestamp.nanos / 1e9,
    });
    expect(read(cf.metric[0].counter.exemplar)).toEqual(first);
    expect(read(hf.metric[0].histogram.bucket[0].exemplar)).toEqual(first);
    expect(read(hf.metric[0].histogram.bucket[1].exemplar)).toMatchObject({ value: 2 });
    expect(nf.metric[0].histogram.exemplars.map(read)[0]).toEqual(first);
    expect(nf.metric[0].histogram.exemplars).toHaveLength(2);
    expect(read(nf.metric[0].histogram.bucket[0].exemplar)).toEqual(first);
  });

  it('hold up-down counters, infos and state sets', async () => {
    const { registry } = testRegistry({ prefix: 'shop_' });
    registry.getOrCreate(UpDownCounter, { name: 'open', help: 'o' }).inc(-2);
    registry
      .getOrCreate(Info, { name: 'build_info', help: 'b', labelNames: ['version'] })
      .set({ version: '1.4' });
    const state = new StateSet({
      name: 'breaker',
      help: 'b',
      labelNames: ['to'],
      states: ['open', 'closed'],
      registers: [registry],
    });
    state.set({ to: 'mail' }, 'closed');
    const [open, build, breaker] = await opened(registry);
    expect(open).toMatchObject({ type: 'gauge', samples: [{ value: -2 }] });
    expect(build).toMatchObject({
      name: 'shop_build',
      type: 'info',
      samples: [{ name: 'shop_build_info', labels: { version: '1.4' }, value: 1 }],
    });
    expect(breaker).toMatchObject({
      type: 'stateset',
      samples: [
        { labels: { shop_breaker: 'open', to: 'mail' }, value: 0 },
        { labels: { shop_breaker: 'closed', to: 'mail' }, value: 1 },
      ],
    });
    const decoded = await families(registry);
    expect(decoded.map(({ type }) => type)).toEqual(['GAUGE', 'GAUGE', 'GAUGE']);
    expect(decoded[2].metric.map((metric: Decoded) => [labelsIn(metric), metric.gauge.value])).toEqual([
      [{ shop_breaker: 'open', to: 'mail' }, 0],
      [{ shop_breaker: 'closed', to: 'mail' }, 1],
    ]);
  });

  it('let each family stand there once', async () => {
    const { registry } = testRegistry();
    registry.getOrCreate(Gauge, { name: 'jobs', help: 'Jobs.' }).set(1);
    registry.getOrCreate(Counter, { name: 'jobs_total', help: 'Jobs done.' }).inc(2);
    registry.getOrCreate(Info, { name: 'jobs_info', help: 'What jobs.' });
    expect(
      (await opened(registry)).map(({ name, type, samples }) => [name, type, samples[0]?.value]),
    ).toEqual([
      ['jobs', 'gauge', 1],
      ['jobs_total', 'unknown', 2],
      ['jobs_info', 'unknown', 1],
    ]);
  });

  it('are there for an empty registry', async () => {
    const { registry } = testRegistry();
    expect((await scraped(registry, 'openmetrics')).toString()).toBe('# EOF\n');
    expect((await scraped(registry, 'protobuf')).length).toBe(0);
  });
});

describe('labelPairs', () => {
  it('reads what labelsOf does', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(labelName, hostile), { selector: ([name]) => name }), (labels) => {
        const text = `${labels.map(([name, value]) => labelPair(name, value)).join(',')}} `;
        expect(labelPairs(text)).toEqual(labels.flat());
        expect(Object.entries(labelsOf(text))).toEqual(labels);
      }),
    );
    expect(labelPairs('')).toEqual([]);
  });
});
