import { context, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { ZipkinExporter } from '@opentelemetry/exporter-zipkin';
import type { ReadableSpan as OtelReadableSpan } from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Diagnostic, Diagnostics } from '../../../src/common/diagnostics.js';
import { exportWith } from '../../../src/common/exporter-call.js';
import { resourceOf } from '../../../src/common/resource.js';
import { InMemorySpanExporter } from '../../../src/exporters/memory.js';
import {
  toZipkinSpan,
  type ZipkinExporterOptions,
  type ZipkinSpan,
  zipkinExporter,
} from '../../../src/exporters/zipkin/index.js';
import { type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '../../../src/trace/index.js';
import { TestServer } from '../../common/http-server.js';

let server: TestServer;
let told: Diagnostic[];

beforeEach(async () => {
  server = await TestServer.start();
  told = [];
});

afterEach(() => server.stop());

/** A request, a call it makes and a message it sends, with all that a span can have. */
function spansOf(): ReadableSpan[] {
  const exporter = new InMemorySpanExporter();
  const tracer = new TracerProvider({
    resource: resourceOf({ 'service.name': 'shop', 'host.name': 'web-1' }),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
    spanLimits: { attributeCountLimit: 5, eventCountLimit: 1 },
  }).getTracer('http', '1.2.3');
  const root = tracer.startSpan('GET /cart', { kind: SpanKind.SERVER });
  const below = trace.setSpan(ROOT_CONTEXT, root);
  tracer
    .startSpan(
      'SELECT',
      { kind: SpanKind.CLIENT, attributes: { 'server.address': '10.0.0.7', 'server.port': 5432 } },
      below,
    )
    .end();
  const message = tracer.startSpan(
    'publish',
    { kind: SpanKind.PRODUCER, attributes: { 'peer.service': 'bus' } },
    below,
  );
  message.setAttributes({ tags: ['a', 'b'], n: 1.5, yes: true, error: 'no error', more: 1, evenMore: 2 });
  message.addEvent('first', { a: 1 });
  message.addEvent('second', { 'a "quoted" key': 'x' });
  message.setStatus({ code: 1 });
  message.end();
  tracer.startSpan('work', undefined, below).setStatus({ code: 2 }).end();
  root.setStatus({ code: 2, message: 'out of stock' });
  root.end();
  return exporter.spans;
}

function options(own: ZipkinExporterOptions = {}): ZipkinExporterOptions {
  const diagnostics = new Diagnostics({ handler: (diagnostic) => told.push(diagnostic) });
  return { url: `${server.url}/api/v2/spans`, env: {}, diagnostics, ...own };
}

const received = (): ZipkinSpan[] => server.received.flatMap(({ body }) => JSON.parse(body.toString()));

describe('zipkinExporter', () => {
  it('says what OpenTelemetry’s own exporter says, and what its specification asks for besides', async () => {
    const spans = spansOf();
    await exportWith(zipkinExporter(options()), spans);
    const ours = received();
    server.received.length = 0;
    const peer = new ZipkinExporter({ url: `${server.url}/api/v2/spans` });
    await new Promise((resolve) =>
      context.with(ROOT_CONTEXT, () => peer.export(spans as unknown as OtelReadableSpan[], resolve)),
    );
    const theirs = received();
    for (const [index, own] of ours.entries()) {
      const { tags, annotations, duration, timestamp, remoteEndpoint, ...same } = own;
      const their = theirs[index]!;
      expect(their).toMatchObject(same);
      expect(Math.abs(timestamp - their.timestamp)).toBeLessThanOrEqual(1);
      expect(Math.abs(duration - their.duration)).toBeLessThanOrEqual(1);
      for (const [tag, value] of Object.entries(their.tags)) {
        if (tag !== 'error' && tag !== 'tags') expect(tags[tag]).toBe(value);
      }
    }
    const [select, publish, work, root] = ours as [ZipkinSpan, ZipkinSpan, ZipkinSpan, ZipkinSpan];
    expect(select.remoteEndpoint).toEqual({ ipv4: '10.0.0.7', port: 5432 });
    expect(publish).toMatchObject({
      kind: 'PRODUCER',
      remoteEndpoint: { serviceName: 'bus' },
      annotations: [{ value: '"second": {"a \\"quoted\\" key":"x"}' }],
      tags: {
        tags: '["a","b"]',
        n: '1.5',
        'otel.status_code': 'OK',
        'otel.scope.name': 'http',
        'otel.scope.version': '1.2.3',
        'otel.dropped_events_count': '1',
        'otel.dropped_attributes_count': '2',
      },
    });
    expect(publish.tags).not.toHaveProperty('error'); // an attribute of that name would paint it red
    expect(work.kind).toBeUndefined();
    expect(work.tags).toMatchObject({ error: '', 'otel.status_code': 'ERROR' });
    expect(root.parentId).toBeUndefined();
    expect(root.tags.error).toBe('out of stock');
    expect(root.localEndpoint).toEqual({ serviceName: 'shop' });
    for (const span of ours) expect(span.duration).toBeGreaterThanOrEqual(1);
  });

  it('knows what is an address', () => {
    const [span] = spansOf() as [ReadableSpan];
    const remote = (attributes: object) =>
      toZipkinSpan({ ...plain(span), attributes } as unknown as ReadableSpan, 'me').remoteEndpoint;
    expect(remote({ 'network.peer.address': '2001:db8::1', 'network.peer.port': 99_999 })).toEqual({
      ipv6: '2001:db8::1',
    });
    expect(remote({ 'server.address': 'db.example.com', 'db.name': 'orders' })).toEqual({
      serviceName: 'db.example.com',
    });
    expect(remote({ 'db.name': 'orders' })).toEqual({ serviceName: 'orders' });
    expect(remote({ 'peer.service': 12 })).toBeUndefined();
  });

  it('is asked again where that may help, and leaves out what cannot be read', async () => {
    const [span] = spansOf() as [ReadableSpan];
    server.answer = (response) => response.writeHead(503).end();
    await expect(exportWith(zipkinExporter(options()), [span])).rejects.toMatchObject({ retryable: true });
    server.answer = (response) => response.writeHead(202).end();
    const bad = {
      spanContext() {
        throw new Error('no');
      },
    } as unknown as ReadableSpan;
    const big = { ...plain(span), attributes: { big: 12n } } as unknown as ReadableSpan;
    server.received.length = 0;
    expect(await exportWith(zipkinExporter(options()), [bad, span, big])).toEqual({ rejected: 1 });
    expect(received()).toHaveLength(2);
    expect(told.map(({ code }) => code)).toEqual(['zipkin_unreadable']);
  });

  it('reads its environment, and passes over what makes no sense', async () => {
    const spans = spansOf();
    const env = {
      OTEL_EXPORTER_ZIPKIN_ENDPOINT: `${server.url}/other`,
      OTEL_EXPORTER_ZIPKIN_TIMEOUT: 'soon',
    };
    const exporter = zipkinExporter({ ...options(), url: undefined as never, env });
    await exportWith(exporter, spans);
    expect(server.received[0]!.path).toBe('/other');
    expect(told.map(({ subject }) => subject)).toEqual(['OTEL_EXPORTER_ZIPKIN_TIMEOUT']);
    await exporter.shutdown();
    await expect(exportWith(exporter, spans)).rejects.toThrow('shut down');
  });

  it('refuses wrong options', () => {
    expect(() => zipkinExporter({ url: 'zipkin:9411' })).toThrow('url is "zipkin:9411"');
    expect(() => zipkinExporter({ endpoint: '' } as never)).toThrow('unknown option "endpoint"');
  });
});

/** A span as an object whose fields can be replaced. */
function plain(span: ReadableSpan): object {
  const fields = [
    'name',
    'kind',
    'startTime',
    'duration',
    'status',
    'events',
    'links',
    'resource',
    'instrumentationScope',
  ] as const;
  return {
    ...Object.fromEntries(fields.map((field) => [field, span[field]])),
    spanContext: () => span.spanContext(),
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}
