import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { LogRecordExporter as OtelLogExporter } from '@opentelemetry/sdk-logs';
import type { PushMetricExporter as OtelMetricExporter } from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type SpanExporter as OtelSpanExporter,
} from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import { BatchQueue } from '../../../src/common/batch-queue.js';
import { type Diagnostic, Diagnostics } from '../../../src/common/diagnostics.js';
import type { ExportResult } from '../../../src/common/export.js';
import { exportWith } from '../../../src/common/exporter-call.js';
import { resourceOf } from '../../../src/common/resource.js';
import { diskSpool } from '../../../src/common/spool/index.js';
import {
  type OtlpExporterOptions,
  otlpLogExporter,
  otlpMetricExporter,
  otlpTraceExporter,
} from '../../../src/exporters/otlp/index.js';
import { defineEvent } from '../../../src/logs/events/index.js';
import { exporterSink, Logger, LoggerProvider } from '../../../src/logs/index.js';
import type { LogRecordExporter, ReadableLogRecord } from '../../../src/logs/readable-log-record.js';
import type { PushMetricExporter } from '../../../src/metrics/resource-metrics.js';
import { BatchSpanProcessor as TelltaleBatchProcessor, TracerProvider } from '../../../src/trace/index.js';
import type { ReadableSpan, SpanExporter } from '../../../src/trace/readable-span.js';
import { TestServer } from '../../common/http-server.js';
import { decodeOfficially, type Json } from './official.js';

let server: TestServer;
let told: Diagnostic[];

beforeEach(async () => {
  server = await TestServer.start();
  told = [];
});

afterEach(() => server.stop());

const span = {
  resource: resourceOf({ 'service.name': 'shop' }),
  instrumentationScope: { name: 'test' },
  name: 'GET /cart',
  kind: 1,
  spanContext: () => ({
    traceId: '0123456789abcdef0123456789abcdef',
    spanId: '0123456789abcdef',
    traceFlags: 1,
  }),
  startTime: [1, 2],
  endTime: [3, 4],
  status: { code: 0 },
  attributes: {},
  links: [],
  events: [],
  duration: [2, 2],
  ended: true,
  droppedAttributesCount: 0,
  droppedEventsCount: 0,
  droppedLinksCount: 0,
} as ReadableSpan;

const log = {
  resource: span.resource,
  instrumentationScope: span.instrumentationScope,
  hrTime: [1, 2],
  hrTimeObserved: [1, 2],
  body: 'hello',
  attributes: {},
  droppedAttributesCount: 0,
} as ReadableLogRecord;

const metrics = { resource: span.resource, scopeMetrics: [] };

function options(own: OtlpExporterOptions = {}): OtlpExporterOptions {
  const diagnostics = new Diagnostics({ handler: (diagnostic) => told.push(diagnostic) });
  return { endpoint: server.url, env: {}, diagnostics, ...own };
}

function exported(result: Partial<OtlpExporterOptions> = {}): Promise<ExportResult> {
  const exporter = otlpTraceExporter(options(result));
  return new Promise((resolve) => exporter.export([span], resolve));
}

describe('OTLP exporters', () => {
  it('post each signal to its own path, in protobuf', async () => {
    await exportWith(otlpTraceExporter(options()), [span]);
    await exportWith(otlpLogExporter(options()), [log]);
    await exportWith(otlpMetricExporter(options()), metrics);
    expect(server.received.map(({ path, headers }) => [path, headers['content-type']])).toEqual([
      ['/v1/traces', 'application/x-protobuf'],
      ['/v1/logs', 'application/x-protobuf'],
      ['/v1/metrics', 'application/x-protobuf'],
    ]);
    const read = decodeOfficially('traces', server.received[0]!.body);
    expect(read.resourceSpans![0]!.scopeSpans![0]!.spans![0]!.name).toBe('GET /cart');
  });

  it('keep batches apart that are under way together, though buffers serve again', async () => {
    const waiting: (() => void)[] = [];
    server.answer = (response, _request, nth) => {
      if (nth % 3 === 0) for (const finish of waiting.splice(0)) finish();
      if (nth % 3 === 0) response.end();
      else waiting.push(() => response.writeHead(nth % 3 === 1 ? 200 : 500).end());
    };
    const exporter = otlpTraceExporter(options());
    const batch = (name: string, count: number) => Array.from({ length: count }, () => ({ ...span, name }));
    const sent: { name: string; count: number }[] = [];
    for (let round = 0; round < 6; round++) {
      const batches = [1, 2, 3].map((nth) => ({
        name: `batch ${round}.${nth}`,
        count: nth * 40 * (6 - round),
      }));
      sent.push(...batches);
      const exports = batches.map(({ name, count }) => exportWith(exporter, batch(name, count)));
      await Promise.allSettled(exports);
    }
    const arrived = server.received.map(({ body }) => {
      const { spans } = decodeOfficially('traces', body).resourceSpans![0]!.scopeSpans![0]! as unknown as {
        spans: { name: string }[];
      };
      expect(new Set(spans.map(({ name }) => name)).size).toBe(1);
      return { name: spans[0]!.name, count: spans.length };
    });
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    expect(arrived.sort(byName)).toEqual(sent.sort(byName));
    await exporter.shutdown();
  });

  it('post JSON, compressed, where asked to', async () => {
    const many = Array.from({ length: 50 }, () => span);
    await exportWith(otlpTraceExporter(options({ protocol: 'http/json', compression: 'gzip' })), many);
    const [{ headers, body }] = server.received as [(typeof server.received)[0]];
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'content-encoding': 'gzip' });
    const read = JSON.parse(body.toString()) as Json;
    expect(read.resourceSpans![0]!.scopeSpans![0]!.spans).toHaveLength(50);
  });

  it('answer a failure that is worth another try so that the queue tries again', async () => {
    server.answer = (response, _request, nth) =>
      nth < 3 ? response.writeHead(503, { 'retry-after': nth === 1 ? '0' : '' }).end() : response.end();
    const exporter = otlpTraceExporter(options());
    const queue = new BatchQueue<ReadableSpan>({
      name: 'spans',
      export: (batch, signal) => exportWith(exporter, batch, signal),
      retry: { initialDelay: 1 },
    });
    queue.add(span);
    expect(await queue.shutdown()).toMatchObject({ complete: true, exported: 1 });
    expect(server.received).toHaveLength(3);
    await exporter.shutdown();
  });

  it('keep on disk what cannot be sent, count it as exported, and tell what is refused in the end', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'telltale-otlp-'));
    const spool = diskSpool({ directory });
    const exporter = otlpTraceExporter(options({ spool, protocol: 'http/json' }));
    server.answer = (response) => response.writeHead(503).end();
    await exportWith(exporter, [span, span, span]);
    expect(spool.stats).toMatchObject({ spooled: 3, sent: 0 });
    server.answer = (response) =>
      response.end('{"partialSuccess":{"rejectedSpans":"1","errorMessage":"odd"}}');
    await exporter.forceFlush();
    expect(spool.stats).toMatchObject({ sent: 3, bytes: 0 });
    expect(told).toContainEqual(expect.objectContaining({ code: 'otlp_partial_success', subject: 'traces' }));
    await exporter.shutdown();
    rmSync(directory, { recursive: true });
  });

  it('answer any other failure as final', async () => {
    server.answer = (response) => response.writeHead(400).end('no such thing');
    const result = await exported();
    expect(result.code).toBe(1);
    expect(result.error).not.toHaveProperty('retryable');
    expect(result.error?.message).toContain('answered 400: no such thing');
  });

  it('end with the signal of the queue when its time is up', async () => {
    server.answer = () => {};
    const exporter = otlpTraceExporter(options());
    const queue = new BatchQueue<ReadableSpan>({
      name: 'spans',
      export: (batch, signal) => exportWith(exporter, batch, signal),
      diagnostics: new Diagnostics({ handler: () => {} }),
    });
    queue.add(span);
    expect(await queue.shutdown(200)).toMatchObject({ complete: false, dropped: 1 });
    await exporter.shutdown(); // settles, because the request was aborted
  });

  it.each(['http/protobuf', 'http/json'] as const)(
    'count what a partial success refused (%s)',
    async (protocol) => {
      const message = 'too old';
      const body =
        protocol === 'http/json'
          ? JSON.stringify({ partialSuccess: { rejectedSpans: '3', errorMessage: message } })
          : Buffer.concat([
              Buffer.from([0x0a, 2 + 2 + message.length, 0x08, 3, 0x12, message.length]),
              Buffer.from(message),
            ]);
      server.answer = (response) => response.end(body);
      const diagnostics = new Diagnostics({ handler: (diagnostic) => told.push(diagnostic) });
      expect(await exported({ protocol, diagnostics })).toEqual({ code: 0, rejected: 3 });
      expect(told[0]?.message).toBe(`3 items (traces) were refused by ${server.url}/v1/traces: too old`);
      expect(
        [...diagnostics.counters()].find(({ name }) => name === 'telltale_otlp_items_rejected_total'),
      ).toMatchObject({
        labels: { signal: 'traces', reason: 'partial_success' },
        value: 3,
      });
    },
  );

  it('tell of a warning, and take a rubbish answer for the success that it is', async () => {
    const warning = Buffer.concat([Buffer.from([0x0a, 6, 0x12, 4]), Buffer.from('slow')]);
    server.answer = (response) => response.end(warning);
    expect(await exported()).toEqual({ code: 0 });
    expect(told[0]?.message).toContain('warns: slow');
    for (const rubbish of [Buffer.from([0xff, 0xff, 0xff]), Buffer.alloc(100, 0x0a), Buffer.from('<html>')]) {
      server.answer = (response) => response.end(rubbish);
      expect(await exported()).toMatchObject({ code: 0 });
      expect(await exported({ protocol: 'http/json' })).toMatchObject({ code: 0 });
    }
  });

  it('count records that cannot be read, and send the others', async () => {
    const bad = {
      ...span,
      spanContext: () => {
        throw new Error('no');
      },
    } as ReadableSpan;
    const exporter = otlpTraceExporter(options());
    const result = await new Promise<ExportResult>((resolve) => exporter.export([span, bad], resolve));
    expect(result).toEqual({ code: 0, rejected: 1 });
    expect(told[0]).toMatchObject({ code: 'otlp_unreadable' });
  });

  it('wait for what is under way at shutdown, and refuse what comes later', async () => {
    let respond = () => {};
    const arrived = new Promise<void>((resolve) => {
      server.answer = (response) => {
        respond = () => response.end();
        resolve();
      };
    });
    const exporter = otlpTraceExporter(options());
    let answered = false;
    exporter.export([span], () => {
      answered = true;
    });
    await arrived;
    const done = exporter.shutdown();
    expect(answered).toBe(false);
    respond();
    await done;
    expect(answered).toBe(true);
    await expect(exportWith(exporter, [span])).rejects.toThrow('shut down');
  });

  it('survive a callback that throws, and batches that are none', async () => {
    const exporter = otlpTraceExporter(options());
    exporter.export([span], () => {
      throw new Error('rude');
    });
    await exporter.forceFlush();
    const result = await new Promise<ExportResult>((resolve) => exporter.export(null as never, resolve));
    expect(result.code).toBe(1);
  });

  it('send telltale’s own spans through its queue, whole', async () => {
    const exporter = otlpTraceExporter(options());
    const provider = new TracerProvider({
      resource: resourceOf({ 'service.name': 'shop' }),
      spanProcessors: [new TelltaleBatchProcessor({ exporter })],
    });
    const tracer = provider.getTracer('own', '1.0.0');
    const parent = tracer.startSpan('parent', { attributes: { early: 'yes' } });
    parent.setAttribute('count', 3).addEvent('seen', { by: 'test' }).setStatus({ code: 2, message: 'bad' });
    const child = tracer.startSpan('child', {}, trace.setSpan(ROOT_CONTEXT, parent));
    child.end();
    parent.end();
    await provider.shutdown();
    const { scopeSpans } = decodeOfficially('traces', server.received[0]!.body).resourceSpans![0]!;
    expect(scopeSpans![0]!.scope).toEqual({ name: 'own', version: '1.0.0' });
    const { traceId, spanId } = parent.spanContext();
    expect(scopeSpans![0]!.spans).toMatchObject([
      { name: 'child', traceId, spanId: child.spanContext().spanId, parentSpanId: spanId },
      {
        name: 'parent',
        traceId,
        spanId,
        attributes: [
          { key: 'early', value: { stringValue: 'yes' } },
          { key: 'count', value: { intValue: '3' } },
        ],
        events: [{ name: 'seen', attributes: [{ key: 'by', value: { stringValue: 'test' } }] }],
        status: { code: 2, message: 'bad' },
      },
    ]);
    const [{ startTimeUnixNano, endTimeUnixNano }] = scopeSpans![0]!.spans as unknown as [
      Record<string, string>,
    ];
    expect(BigInt(endTimeUnixNano!)).toBeGreaterThanOrEqual(BigInt(startTimeUnixNano!));
    expect(Math.abs(Number(BigInt(startTimeUnixNano!) / 1_000_000n) - Date.now())).toBeLessThan(60_000);
  });

  it('fit OpenTelemetry’s own SDK', async () => {
    const exporter = otlpTraceExporter(options());
    const provider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] });
    provider.getTracer('third party').startSpan('foreign').end();
    await provider.shutdown();
    const read = decodeOfficially('traces', server.received[0]!.body);
    expect(read.resourceSpans![0]!.scopeSpans![0]!.spans![0]!.name).toBe('foreign');
    expectTypeOf(otlpTraceExporter).returns.toExtend<OtelSpanExporter>();
    expectTypeOf(otlpLogExporter).returns.toExtend<OtelLogExporter>();
    expectTypeOf(otlpMetricExporter).returns.toExtend<OtelMetricExporter>();
    expectTypeOf(otlpTraceExporter).returns.toExtend<SpanExporter>();
    expectTypeOf(otlpLogExporter).returns.toExtend<LogRecordExporter>();
    expectTypeOf(otlpMetricExporter).returns.toExtend<PushMetricExporter>();
  });
});

describe('OTLP exporters: options and environment', () => {
  async function request(env: Record<string, string>, own: OtlpExporterOptions = {}) {
    server.received.length = 0;
    const { endpoint: _, ...rest } = options();
    await exportWith(otlpTraceExporter({ ...rest, env, ...own }), [span]);
    return server.received[0]!;
  }

  it('appends the path to the common endpoint, and uses that of the signal as it is', async () => {
    const common = (suffix: string) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: server.url + suffix });
    expect((await request(common(''))).path).toBe('/v1/traces');
    expect((await request(common('/'))).path).toBe('/v1/traces');
    expect((await request(common('/collector/'))).path).toBe('/collector/v1/traces');
    const own = (suffix: string) => ({
      ...common('/no'),
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: server.url + suffix,
    });
    expect((await request(own(''))).path).toBe('/');
    expect((await request(own('/my/traces?x=1'))).path).toBe('/my/traces?x=1');
    expect((await request(own('/env'), { endpoint: `${server.url}/option` })).path).toBe('/option/v1/traces');
    expect((await request(own('/env'), { url: `${server.url}/as-it-is` })).path).toBe('/as-it-is');
  });

  it('takes an empty variable for none', async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: server.url, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '' };
    expect((await request({ ...env, OTEL_EXPORTER_OTLP_COMPRESSION: '' })).path).toBe('/v1/traces');
    expect(told).toEqual([]);
  });

  it('reads headers, protocol and compression; the signal’s own win over the common, options over both', async () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=common',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    };
    expect((await request(env)).headers['api-key']).toBe('common');
    const own = {
      ...env,
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: ' X-Tenant = a%20b%2Cc , api-key=signal=1,',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
    };
    const { headers } = await request(own);
    expect(headers).toMatchObject({
      'x-tenant': 'a b,c',
      'api-key': 'signal=1',
      'content-type': 'application/json',
    });
    const given = await request(own, { headers: { 'API-Key': 'option' }, protocol: 'http/protobuf' });
    expect(given.headers).toMatchObject({
      'x-tenant': 'a b,c',
      'api-key': 'option',
      'content-type': 'application/x-protobuf',
    });
    const asked = await request(own, { headers: async () => ({ 'api-key': 'asked' }) });
    expect(asked.headers).toMatchObject({ 'x-tenant': 'a b,c', 'api-key': 'asked' });
  });

  it('does not tell upper case from lower case in protocol and compression', async () => {
    const { headers } = await request({
      OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'HTTP/JSON',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'GZip',
    });
    expect(headers['content-type']).toBe('application/json');
    expect(told).toEqual([]);
  });

  it('passes over variables that make no sense, and tells without their values', async () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'secret-host:4317',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'zstd',
      OTEL_EXPORTER_OTLP_TIMEOUT: 'soon',
      OTEL_EXPORTER_OTLP_HEADERS: 'good=1,bad name=secret,worse',
      OTEL_EXPORTER_OTLP_CERTIFICATE: '/no/such/file.pem',
    };
    const { path, headers } = await request(env);
    expect([path, headers['content-type'], headers.good]).toEqual([
      '/v1/traces',
      'application/x-protobuf',
      '1',
    ]);
    expect(new Set(told.map(({ subject }) => subject))).toEqual(
      new Set(Object.keys(env).filter((name) => name !== 'OTEL_EXPORTER_OTLP_ENDPOINT')),
    );
    expect(JSON.stringify(told)).not.toContain('secret');
  });

  it('takes the timeout and the certificates from the environment', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'telltale-otlp-'));
    writeFileSync(join(folder, 'ca.pem'), 'not really');
    server.answer = () => {};
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
      OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '50',
      OTEL_EXPORTER_OTLP_CERTIFICATE: join(folder, 'ca.pem'),
    };
    await expect(request(env)).rejects.toThrow('no answer within 50 ms');
    expect(told).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  it('names wrong options', () => {
    expect(() => otlpTraceExporter({ url: 'collector:4318' })).toThrow(
      /otlpTraceExporter: url is "collector:4318"/,
    );
    expect(() => otlpLogExporter({ endpoint: 'x' })).toThrow(/otlpLogExporter: endpoint is "x"/);
    expect(() => otlpMetricExporter({ protocol: 'grpc' as never })).toThrow(/"http\/protobuf", "http\/json"/);
    expect(() => otlpTraceExporter({ uri: 'http://x' } as never)).toThrow(
      /unknown option "uri"; accepted: .*url/,
    );
    expect(() => otlpTraceExporter({ headers: null as never })).toThrow(/headers is null/);
    expect(() => otlpTraceExporter({ timeout: -1 })).toThrow(/timeout is -1/);
  });
});

describe('otlpLogExporter and a record that poisons its batch', () => {
  it('sets the one record aside and delivers the rest', async () => {
    server.answer = (response, _, nth) => {
      const poisoned = server.received[nth - 1]!.body.includes('poison');
      response.writeHead(poisoned ? 400 : 200).end();
    };
    const bodies = Array.from({ length: 32 }, (_, i) => (i === 9 ? 'poison' : `line ${i}`));
    const exporter = otlpLogExporter(options());
    const result = await new Promise((resolve) =>
      exporter.export(
        bodies.map((body) => ({ ...log, body })),
        resolve,
      ),
    );
    expect(result).toEqual({ code: 0, rejected: 1 });
    const delivered = server.received
      .filter(({ body }) => !body.includes('poison'))
      .flatMap(
        ({ body }) => decodeOfficially('logs', body).resourceLogs![0]!.scopeLogs![0]!.logRecords as Json[],
      )
      .map((one) => one.body!.stringValue);
    expect(delivered).toEqual(bodies.filter((body) => body !== 'poison'));
    expect(told.map(({ code }) => code)).toContain('otlp_refused');
    await exporter.shutdown();
  });

  it('sends batches whole again as soon as they are good, and splits the next bad one', async () => {
    server.answer = (response, _, nth) => {
      const poisoned = server.received[nth - 1]!.body.includes('poison');
      response.writeHead(poisoned ? 400 : 200).end();
    };
    const exporter = otlpLogExporter(options());
    const requests: number[] = [];
    for (const bodies of [
      ['a', 'poison'],
      ['b', 'c', 'd'],
      ['poison', 'e'],
    ]) {
      const before = server.received.length;
      const bad = bodies.includes('poison') ? 1 : 0;
      const records = bodies.map((body) => ({ ...log, body }));
      expect(await exportWith(exporter, records)).toEqual({ rejected: bad });
      requests.push(server.received.length - before);
    }
    // The first bad batch goes out once more: only then is there anything that splits.
    expect(requests).toEqual([4, 1, 3]);
    await exporter.shutdown();
  });

  it('splits a bad batch, too, that was under way when another was split for the first time', async () => {
    let refuseFirst = () => {};
    const arrived = new Promise<void>((resolve) => {
      server.answer = (response, _, nth) => {
        const poisoned = server.received[nth - 1]!.body.includes('poison');
        const answer = () => void response.writeHead(poisoned ? 400 : 200).end();
        if (nth > 1) return answer();
        refuseFirst = answer;
        resolve();
      };
    });
    const exporter = otlpLogExporter(options());
    const batch = (...bodies: string[]) => bodies.map((body) => ({ ...log, body }));
    const first = exportWith(exporter, batch('poison', 'e'));
    await arrived;
    expect(await exportWith(exporter, batch('a', 'poison'))).toEqual({ rejected: 1 });
    refuseFirst();
    expect(await first).toEqual({ rejected: 1 });
    await exporter.shutdown();
  });
});

describe('typed events and the logs API over OTLP', () => {
  it.each(['http/protobuf', 'http/json'] as const)(
    'keep name, times, scope and severity by %s',
    async (protocol) => {
      const exporter = otlpLogExporter(options({ protocol }));
      const logger = new Logger({ sinks: [exporterSink({ exporter })] });
      const placed = defineEvent('order.placed', {
        type: 'object',
        properties: { id: { type: 'string' }, items: { type: 'array', items: { type: 'string' } } },
      });
      placed(logger, { id: 'o-1', items: ['a', 'b'] });
      new LoggerProvider({ logger }).getLogger('lib', '1.2').emit({
        timestamp: [1_795_293_000, 123_456_789],
        severityNumber: 18,
        severityText: 'ERROR2',
        eventName: 'lib.failed',
        body: 'no',
      });
      await logger.shutdown();
      const { body } = server.received[0]!;
      const message =
        protocol === 'http/json' ? (JSON.parse(body.toString()) as Json) : decodeOfficially('logs', body);
      const [own, lib] = message.resourceLogs![0]!.scopeLogs as Json[];
      expect(own!.logRecords![0]).toMatchObject({
        body: { stringValue: 'order.placed' },
        severityNumber: 9,
        attributes: [
          { key: 'id', value: { stringValue: 'o-1' } },
          { key: 'items', value: { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] } } },
        ],
      });
      expect(lib!.scope).toMatchObject({ name: 'lib', version: '1.2' });
      expect(lib!.logRecords![0]).toMatchObject({
        timeUnixNano: '1795293000123456789',
        severityNumber: 18,
        severityText: 'ERROR2',
      });
      const names = [own, lib].map((scope) => scope!.logRecords![0]!.eventName);
      expect(names).toEqual(['order.placed', 'lib.failed']);
    },
  );
});
