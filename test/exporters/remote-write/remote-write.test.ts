import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { createResource } from '../../../src/common/resource.js';
import { diskSpool } from '../../../src/common/spool/index.js';
import { type RemoteWriteOptions, remoteWriteExporter } from '../../../src/exporters/remote-write/index.js';
import {
  Counter,
  collectResourceMetrics,
  Gauge,
  Histogram,
  NativeHistogram,
  periodicExporter,
  type Registry,
  type ResourceMetrics,
} from '../../../src/metrics/index.js';
import { TestServer } from '../../common/http-server.js';
import { testRegistry } from '../../metrics/setup.js';
import { readVersion1, readVersion2 } from './schema.js';
import { unsnappy } from './unsnappy.js';

const resource = createResource({
  service: { name: 'checkout', namespace: 'shop', instanceId: 'a1' },
  env: {},
});
const HOME = [
  ['instance', 'a1'],
  ['job', 'shop/checkout'],
];

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function setup(options: Partial<RemoteWriteOptions> = {}) {
  const server = await TestServer.start();
  const made = testRegistry();
  const { clock, diagnostics } = made;
  const exporter = remoteWriteExporter({ url: server.url, clock, diagnostics, ...options });
  ends.push(
    () => exporter.shutdown(),
    () => server.stop(),
  );
  const send = (metrics: ResourceMetrics) =>
    new Promise<{ code: number; error?: Error; rejected?: number }>((resolve) =>
      exporter.export(metrics, resolve),
    );
  const write = async (registry: Registry = made.registry) =>
    send(await collectResourceMetrics(registry, resource));
  return { ...made, server, exporter, send, write };
}

describe('remoteWriteExporter', () => {
  it('writes version 1.0 with its headers', async () => {
    const { registry, server, write, clock } = await setup();
    registry
      .getOrCreate(Counter, { name: 'c_total', help: 'Counted.', labelNames: ['b', 'a', 'Z'] })
      .inc({ a: 1, b: 'x', Z: '' }, 5);
    expect(await write()).toEqual({ code: 0 });
    const [{ method, path, headers, body }] = server.received as [(typeof server.received)[0]];
    expect([method, path]).toEqual(['POST', '/api/v1/write']);
    expect(headers).toMatchObject({
      'content-encoding': 'snappy',
      'content-type': 'application/x-protobuf',
      'x-prometheus-remote-write-version': '0.1.0',
      'user-agent': 'telltale',
    });
    const { series, metadata } = readVersion1(unsnappy(body));
    expect(series).toEqual([
      {
        labels: [['__name__', 'c_total'], ['a', '1'], ['b', 'x'], ...HOME],
        samples: [{ value: 5, timestamp: clock.now() }],
        histograms: [],
        exemplars: [],
      },
    ]);
    expect(metadata).toEqual([{ type: 1, metricFamilyName: 'c_total', help: 'Counted.', unit: '' }]);
  });

  it('writes version 2.0 with its headers, each text once', async () => {
    const { registry, server, write, clock, troubles } = await setup({
      version: '2.0',
      headers: { 'Content-Encoding': 'gzip', authorization: 'Bearer x' },
    });
    server.answer = (response) => response.setHeader('X-Prometheus-Remote-Write-Samples-Written', '2').end();
    const began = clock.now();
    const counter = registry.getOrCreate(Counter, {
      name: 'sent_bytes_total',
      help: 'Sent.',
      labelNames: ['to'],
    });
    counter.inc({ to: 'a' }, 5);
    counter.inc({ to: 'b' }, 6);
    clock.advanceSync(1000);
    expect(await write()).toEqual({ code: 0 });
    const [{ headers, body }] = server.received as [(typeof server.received)[0]];
    expect(headers).toMatchObject({
      'content-encoding': 'snappy',
      'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
      'x-prometheus-remote-write-version': '2.0.0',
      authorization: 'Bearer x',
    });
    const { series, symbols } = readVersion2(unsnappy(body));
    expect(symbols[0]).toBe('');
    expect(new Set(symbols).size).toBe(symbols.length);
    expect(series[1]).toEqual({
      labels: [['__name__', 'sent_bytes_total'], ...HOME, ['to', 'b']],
      samples: [{ value: 6, timestamp: began + 1000 }],
      histograms: [],
      exemplars: [],
      type: 1,
      help: 'Sent.',
      unit: 'By',
      created: began,
    });
    expect(troubles).toEqual([]);
  });

  it('tells of a receiver of 2.0 that does not say what it wrote', async () => {
    const { registry, write, troubles } = await setup({ version: '2.0' });
    registry.getOrCreate(Counter, { name: 'c_total', help: 'c' });
    await write();
    await write();
    expect(troubles.map(({ code }) => code)).toEqual(['remote_write_version']);
  });

  it.each(['1.0', '2.0'] as const)(
    'writes what a registry holds, whatever its labels: %s',
    async (version) => {
      const { server, write } = await setup({ version });
      server.answer = (response) =>
        response.setHeader('x-prometheus-remote-write-samples-written', '1').end();
      const hostile = fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(hostile, fc.double())), async (rows) => {
          const { registry } = testRegistry();
          const gauge = registry.getOrCreate(Gauge, { name: 'g', help: 'g', labelNames: ['text'] });
          const expected = new Map<string, number>();
          for (const [text, value] of rows) {
            gauge.set({ text }, value);
            expected.set(Buffer.from(text).toString(), value + 0);
          }
          server.received.length = 0;
          expect(await write(registry)).toEqual({ code: 0 });
          if (rows.length === 0) return;
          const bytes = unsnappy(server.received[0]!.body);
          const { series } = version === '1.0' ? readVersion1(bytes) : readVersion2(bytes);
          const found = series.map(({ labels, samples }) => [
            Object.fromEntries(labels).text ?? '',
            samples[0]!.value + 0,
          ]);
          expect(found).toEqual([...expected]);
          for (const { labels } of series) {
            const names = labels.map(([name]) => name);
            expect(names).toEqual([...names].sort());
            expect(labels.every(([, value]) => value !== '')).toBe(true);
          }
        }),
        { numRuns: 40 },
      );
    },
  );

  it('writes histograms as their lines, native ones as such, and exemplars with them', async () => {
    const { registry, server, write, clock } = await setup();
    const classic = registry.getOrCreate(Histogram, { name: 'h_seconds', help: 'h', buckets: [1, 2] });
    const native = registry.getOrCreate(NativeHistogram, { name: 'n_seconds', help: 'n' });
    const exemplar = { value: 1.5, time: clock.now(), traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) };
    for (const value of [0.5, 1.5, 9]) {
      classic.observe(value);
      native.observe(value);
    }
    for (const metric of [classic, native]) {
      for (const series of metric.series())
        series.exemplars = { offer() {}, read: () => [undefined, exemplar] };
    }
    await write();
    const { series, metadata } = readVersion1(unsnappy(server.received[0]!.body));
    const shown = series.map(({ labels, samples }) => {
      const { __name__: name, le } = Object.fromEntries(labels);
      return [name, le, samples[0]?.value];
    });
    expect(shown).toEqual([
      ['h_seconds_bucket', '1', 1],
      ['h_seconds_bucket', '2', 2],
      ['h_seconds_bucket', '+Inf', 3],
      ['h_seconds_sum', undefined, 11],
      ['h_seconds_count', undefined, 3],
      ['n_seconds', undefined, undefined],
    ]);
    const read = {
      labels: [
        ['span_id', exemplar.spanId],
        ['trace_id', exemplar.traceId],
      ],
      value: 1.5,
      timestamp: exemplar.time,
    };
    expect(series.map(({ exemplars }) => exemplars)).toEqual([[], [read], [], [], [], [read]]);
    expect(series[5]!.histograms).toMatchObject([
      { countInt: 3, sum: 11, schema: 5, zeroCountInt: 0, zeroThreshold: 2 ** -128, timestamp: clock.now() },
    ]);
    expect(series[5]!.histograms[0].positiveSpans).toHaveLength(3);
    expect(metadata.map(({ metricFamilyName, type }) => [metricFamilyName, type])).toEqual([
      ['h_seconds', 3],
      ['n_seconds', 3],
    ]);
  });

  it('makes names and labels of OpenTelemetry’s SDK those of Prometheus, and leaves out delta points', async () => {
    const { server, send } = await setup({ externalLabels: { cluster: 'eu', job: 'mine' } });
    const time: [number, number] = [1_700_000_000, 5_000_000];
    const point = { startTime: time, endTime: time, value: 1 };
    const descriptor = { name: 'http.server.active', description: 'd', unit: 'By', valueType: 1 as const };
    const sum = { descriptor, dataPointType: 3 as const, isMonotonic: true };
    const attributes = { 'http.route': '/a', http_route: 'b', '2nd': [1, 2], cluster: 'own', '': true };
    const outcome = await send({
      resource,
      scopeMetrics: [
        {
          scope: { name: 'somebody' },
          metrics: [
            { ...sum, aggregationTemporality: 1, dataPoints: [{ ...point, attributes }] },
            { ...sum, aggregationTemporality: 0, dataPoints: [{ ...point, attributes }] },
          ],
        },
      ],
    });
    expect(outcome).toEqual({ code: 0, rejected: 1 });
    const { series } = readVersion1(unsnappy(server.received[0]!.body));
    expect(series).toHaveLength(1);
    expect(series[0]).toMatchObject({
      labels: [
        ['__name__', 'http_server_active_bytes_total'],
        ['cluster', 'own'],
        ['http_route', '/a;b'],
        ['instance', 'a1'],
        ['job', 'mine'],
        ['key_', 'true'],
        ['key_2nd', '[1,2]'],
      ],
      samples: [{ timestamp: 1_700_000_000_005 }],
    });
  });

  it('splits what is much, and goes on with the rest where a part is refused', async () => {
    const { registry, server, write, diagnostics, troubles } = await setup({ maxSeries: 10, retry: false });
    const counter = registry.getOrCreate(Counter, { name: 'c_total', help: 'c', labelNames: ['id'] });
    for (let id = 0; id < 25; id++) counter.inc({ id });
    server.answer = (response, _, nth) => {
      response.statusCode = nth === 2 ? 400 : 204;
      response.end(nth === 2 ? 'out of order sample' : undefined);
    };
    const { code, error } = await write();
    expect(code).toBe(1);
    expect(error!.message).toMatch(/^10 of 25 series were not taken: .*answered 400: out of order sample/);
    expect(server.received.map(({ body }) => readVersion1(unsnappy(body)).series.length)).toEqual([
      10, 10, 5,
    ]);
    const lost = [...diagnostics.counters()].find(({ name }) => name.startsWith('telltale_remote_write'));
    expect(lost).toMatchObject({ labels: { reason: 'refused' }, value: 10 });
    // Whoever exported has the error, and tells of it; twice would be once too often.
    expect(troubles).toEqual([]);
  });

  it('tries again where that may help, as the receiver asks, and gives up in time', async () => {
    const { registry, server, exporter, write, clock } = await setup({
      retry: { initialDelay: 100, maxElapsed: 5000 },
    });
    registry.getOrCreate(Counter, { name: 'c_total', help: 'c' });
    const answers = [500, 429, 204];
    server.answer = (response, _, nth) => {
      response.statusCode = answers[nth - 1] ?? 503;
      if (nth === 2) response.setHeader('retry-after', '2');
      response.end();
    };
    const settled = async (outcome: Promise<unknown>) => {
      let done = false;
      void outcome.finally(() => {
        done = true;
      });
      while (!done) {
        await new Promise((resolve) => setTimeout(resolve, 2));
        if (!done && clock.pending > 0) await clock.advance(50);
      }
      return outcome;
    };
    const start = clock.monotonic();
    expect(await settled(write())).toEqual({ code: 0 });
    expect(server.received).toHaveLength(3);
    expect(clock.monotonic() - start).toBeGreaterThanOrEqual(2000);
    expect(await settled(write())).toMatchObject({ code: 1 });
    await exporter.shutdown();
    expect(await write()).toMatchObject({ code: 1, error: { message: 'remoteWriteExporter was shut down' } });
  });

  it('hands what it cannot send to a spool', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'telltale-rw-'));
    const { registry, server, write, exporter } = await setup({ spool: diskSpool({ directory: folder }) });
    const counter = registry.getOrCreate(Counter, { name: 'c_total', help: 'c' });
    let down = true;
    server.answer = (response) => {
      response.statusCode = down ? 503 : 204;
      response.end();
    };
    for (let i = 0; i < 3; i++) {
      counter.inc();
      expect(await write()).toEqual({ code: 0 });
    }
    down = false;
    const before = server.received.length;
    await exporter.forceFlush();
    const values = server.received.slice(before).map(({ body, headers }) => {
      expect(headers['content-encoding']).toBe('snappy');
      return readVersion1(unsnappy(body)).series[0]!.samples[0]!.value;
    });
    expect(values).toEqual([1, 2, 3]);
  });

  it('writes on behalf of createTelemetry and periodicExporter', async () => {
    const { registry, server, exporter, clock } = await setup();
    registry.getOrCreate(Counter, { name: 'c_total', help: 'c' }).inc();
    const periodic = periodicExporter({ registry, resource, exporter, clock, interval: 1000 });
    await periodic.flush();
    await periodic.shutdown();
    expect(server.received.length).toBe(2);
  });

  it('refuses wrong options', () => {
    const make = (options: object) => () => remoteWriteExporter({ url: 'http://x', ...options });
    expect(make({ url: 'x' })).toThrow(/remoteWriteExporter: url is "x"/);
    expect(make({ version: '3.0' })).toThrow(/version is "3.0".*"1.0", "2.0"/);
    expect(make({ maxSeries: 0 })).toThrow(/maxSeries is 0/);
    expect(make({ externalLabels: { 'a-b': 'x' } })).toThrow(/externalLabels\["a-b"\]/);
    expect(make({ compression: 'gzip' })).toThrow(/unknown option "compression"/);
  });
});
