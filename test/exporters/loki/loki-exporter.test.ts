import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Diagnostic, Diagnostics } from '../../../src/common/diagnostics.js';
import type { ExportResult } from '../../../src/common/export.js';
import { diskSpool } from '../../../src/common/spool/index.js';
import { type LokiExporterOptions, lokiExporter } from '../../../src/exporters/loki/index.js';
import type { ReadableLogRecord } from '../../../src/logs/readable-log-record.js';
import { TestServer } from '../../common/http-server.js';
import { MOMENT, record, SPAN } from '../log-records.js';

let server: TestServer;
let told: Diagnostic[];

beforeEach(async () => {
  server = await TestServer.start();
  server.answer = (response) => response.writeHead(204).end();
  told = [];
});

afterEach(() => server.stop());

interface Push {
  streams: { stream: Record<string, string>; values: [string, string, Record<string, string>?][] }[];
}

async function push(
  records: ReadableLogRecord[],
  options: Partial<LokiExporterOptions> = {},
): Promise<ExportResult> {
  const diagnostics = new Diagnostics({ handler: (diagnostic) => told.push(diagnostic) });
  const exporter = lokiExporter({ url: server.url, diagnostics, ...options });
  const result = await new Promise<ExportResult>((resolve) => exporter.export(records, resolve));
  await exporter.shutdown();
  return result;
}

const received = (nth = 0): Push => JSON.parse(server.received[nth]!.body.toString()) as Push;

describe('lokiExporter', () => {
  it('pushes a line with few labels, and ids as structured metadata', async () => {
    const one = record({ attributes: { orderId: 'o-1', total: 12.5 }, spanContext: SPAN });
    expect(await push([one], { tenant: 'shop' })).toEqual({ code: 0 });
    const { path, method, headers } = server.received[0]!;
    expect([method, path]).toEqual(['POST', '/loki/api/v1/push']);
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'x-scope-orgid': 'shop' });
    expect(received()).toEqual({
      streams: [
        {
          stream: { service_name: 'shop', deployment_environment_name: 'test', level: 'info' },
          values: [
            [
              '1795293000123000000',
              '{"msg":"order placed","orderId":"o-1","total":12.5}',
              { trace_id: SPAN.traceId, span_id: SPAN.spanId },
            ],
          ],
        },
      ],
    });
  });

  it('makes a stream for each combination of labels, and keeps the order of lines within it', async () => {
    await push([
      record({ body: 'a' }),
      record({ body: 'b', severityText: 'error' }),
      record({ body: 'c', attributes: { 'http.route': '/x' } }),
    ]);
    const { streams } = received();
    expect(streams.map(({ stream }) => stream.level)).toEqual(['info', 'error']);
    expect(streams[0]!.values.map(([, line]) => JSON.parse(line).msg)).toEqual(['a', 'c']);
  });

  it('sets equal lines of one moment apart, and gives a record the same time when it is sent again', async () => {
    server.answer = (response, _, nth) => response.writeHead(nth === 1 ? 400 : 204).end();
    await push([record(), record(), record({ hrTime: [MOMENT[0], 124_000_000] })]);
    const times = [1, 2].flatMap((nth) =>
      received(nth).streams.flatMap(({ values }) => values.map(([time]) => time)),
    );
    expect(times).toEqual(['1795293000123000000', '1795293000123000001', '1795293000124000000']);
    expect(received(0).streams[0]!.values.map(([time]) => time)).toEqual(times);
  });

  it('bounds the values of a label', async () => {
    const records = Array.from({ length: 1000 }, (_, i) => record({ attributes: { user: `u${i}` } }));
    await push(records, { labelsFrom: ['user'], maxLabelValues: 3 });
    expect(received().streams.map(({ stream }) => stream.user)).toEqual(['u0', 'u1', 'u2', 'other']);
    expect(received().streams[3]!.values).toHaveLength(997);
    expect(told.map(({ code }) => code)).toEqual(['loki_label_values']);
  });

  it('bounds what records call their severity', async () => {
    await push(
      Array.from({ length: 50 }, (_, i) => record({ severityText: `Sev${i}` })),
      { maxLabelValues: 2 },
    );
    expect(received().streams.map(({ stream }) => stream.level)).toEqual(['sev0', 'sev1', 'other']);
  });

  it('moves chosen attributes into structured metadata, under names that Loki takes', async () => {
    const attributes = { 'request.id': 'r-1', '1st': true, nested: { a: [1] }, left: null };
    await push([record({ attributes })], { structuredMetadata: ['request.id', 'nested', 'left'] });
    const [, line, metadata] = received().streams[0]!.values[0]!;
    expect(JSON.parse(line)).toEqual({ msg: 'order placed', '1st': true });
    expect(metadata).toEqual({ request_id: 'r-1', nested: '{"a":[1]}' });
  });

  it('writes plain messages, or whatever a function makes, or ids in the line for an old Loki', async () => {
    const one = record({ attributes: { orderId: 'o-1' }, spanContext: SPAN });
    await push([one], { line: 'message' });
    await push([one], { line: ({ body }) => `>> ${String(body)}` });
    await push([one], { structuredMetadata: false });
    expect(received(0).streams[0]!.values[0]!.slice(1)).toEqual([
      'order placed',
      { trace_id: SPAN.traceId, span_id: SPAN.spanId, orderId: 'o-1' },
    ]);
    expect(received(1).streams[0]!.values[0]![1]).toBe('>> order placed');
    const [, line, metadata] = received(2).streams[0]!.values[0]!;
    expect(metadata).toBeUndefined();
    expect(JSON.parse(line)).toMatchObject({ trace_id: SPAN.traceId, orderId: 'o-1' });
  });

  it('cuts a line that Loki would not take, to a line that is still JSON', async () => {
    await push([record({ body: '\u0000é'.repeat(5000), attributes: { a: 'x'.repeat(5000) } })], {
      maxLineBytes: 1000,
    });
    const [, line] = received().streams[0]!.values[0]!;
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(1000);
    expect(JSON.parse(line).truncated).toBeGreaterThan(10_000);
  });

  it('sets one bad line aside and delivers the others', async () => {
    server.answer = (response, _, nth) => {
      const bad = server.received[nth - 1]!.body.includes('poison');
      response.writeHead(bad ? 400 : 204, { 'content-type': 'text/plain' });
      response.end(bad ? 'entry too far behind' : '');
    };
    const refused: [unknown, string][] = [];
    const records = Array.from({ length: 64 }, (_, i) => record({ body: i === 40 ? 'poison' : `line ${i}` }));
    const result = await push(records, {
      onRefused: ({ body }, error) => refused.push([body, (error as Error).message]),
    });
    expect(result).toEqual({ code: 0, rejected: 1 });
    expect(refused).toEqual([['poison', expect.stringContaining('entry too far behind')]]);
    expect(told[0]).toMatchObject({ code: 'log_record_refused', subject: 'loki' });
  });

  it('takes any record, whatever it holds', async () => {
    const hostile = [
      record({ body: { toJSON: 1, a: '\ud800' } }),
      record({ attributes: JSON.parse('{"__proto__": 1, "msg": 2}') }),
      record({ hrTime: [0, 0] }),
      record({ severityText: '', severityNumber: 99 }),
      {
        ...record(),
        get attributes(): never {
          throw new Error('no');
        },
      },
      record({ hrTime: [Number.NaN, 1] }),
    ];
    const result = await push(hostile);
    expect(result).toEqual({ code: 0, rejected: 1 });
    const lines = server.received.flatMap(({ body }) =>
      (JSON.parse(body.toString()) as Push).streams.flatMap(({ values }) => values),
    );
    expect(lines.length).toBe(5);
    for (const [, line] of lines) expect(() => JSON.parse(line)).not.toThrow();
  });

  it('says at construction what is wrong', () => {
    const make = (options: object) => () => lokiExporter({ url: 'http://loki:3100', ...options });
    expect(make({ url: 'loki:3100' })).toThrow(/lokiExporter: url is "loki:3100"/);
    expect(make({ labels: { 'a-b': 'x' } })).toThrow(/labels is "a-b"/);
    expect(make({ labels: { a: 1 } })).toThrow(/labels.a is 1/);
    expect(make({ labelsFrom: Array.from({ length: 14 }, (_, i) => `l${i}`) })).toThrow(/at most 14 labels/);
    expect(make({ line: 'xml' })).toThrow(/line is "xml"; accepted: "json", "message"/);
    expect(make({ tenants: 'x' })).toThrow(/unknown option "tenants"/);
  });
});

describe('lokiExporter with a spool', () => {
  it('keeps on disk what Loki cannot take now, and sends it later', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'telltale-loki-'));
    const spool = diskSpool({ directory, retry: { initialDelay: 10, maxDelay: 10 } });
    server.answer = (response) => response.writeHead(503).end();
    const exporter = lokiExporter({
      url: server.url,
      spool,
      diagnostics: new Diagnostics({ handler: () => {} }),
    });
    const send = (body: string) => new Promise((resolve) => exporter.export([record({ body })], resolve));
    expect(await send('first')).toEqual({ code: 0 });
    server.answer = (response) => response.writeHead(204).end();
    expect(await send('second')).toEqual({ code: 0 });
    await exporter.forceFlush();
    await expect.poll(() => spool.stats.sent).toBe(spool.stats.spooled);
    const lines = server.received.slice(1).map(({ body }) => body.toString());
    expect(lines.map((line) => /first|second/.exec(line)?.[0])).toEqual(['first', 'second']);
    await exporter.shutdown();
    rmSync(directory, { recursive: true });
  });
});
