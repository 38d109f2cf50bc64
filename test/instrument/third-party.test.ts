import type * as Http from 'node:http';
import { createRequire } from 'node:module';
import {
  DiagLogLevel,
  diag,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { ZipkinExporter } from '@opentelemetry/exporter-zipkin';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import {
  BatchSpanProcessor as OtelBatchSpanProcessor,
  SimpleSpanProcessor as OtelSimpleSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  propagatorFromEnv,
  type ReadableSpan,
  registerGlobals,
  type SpanProcessor,
  TracerProvider,
} from '../../src/trace/index.js';
import { listen, until } from './stand-in.js';

/**
 * What others have written against OpenTelemetry, unmodified, on telltale's provider, context and propagators, which
 * are the globals of this file.
 */

const complaints: unknown[] = [];
const note = (...args: unknown[]) => void complaints.push(args);
diag.setLogger({ error: note, warn: note, info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN);

const ended: ReadableSpan[] = [];
const collect: SpanProcessor = {
  onStart() {},
  onEnd: (span) => void ended.push(span),
  async forceFlush() {},
  async shutdown() {},
};
const tracerProvider = new TracerProvider({ spanProcessors: [collect] });
const propagator = propagatorFromEnv({ env: { OTEL_PROPAGATORS: 'tracecontext,baggage,b3' } });
const registration = registerGlobals({ tracerProvider, propagator });

let server: Awaited<ReturnType<typeof listen>>;
let received: Http.IncomingHttpHeaders[] = [];
let baggageSeen: string | undefined;

const httpInstrumentation = new HttpInstrumentation();
const disable = registerInstrumentations({
  instrumentations: [httpInstrumentation, new UndiciInstrumentation()],
  tracerProvider,
});
// It hears of what it instruments by `require`, as in a program of CommonJS.
const http = createRequire(import.meta.url)('node:http') as typeof Http;

beforeEach(async () => {
  ended.length = 0;
  received = [];
});
afterEach(async () => {
  httpInstrumentation.setConfig({});
  await server?.close();
});
afterAll(() => {
  disable();
  registration.unregister();
  diag.disable();
});

async function serve(): Promise<void> {
  server = await listen(
    http.createServer((request, response) => {
      received.push(request.headers);
      baggageSeen = propagation.getActiveBaggage()?.getEntry('tenant')?.value;
      trace.getTracer('app').startActiveSpan('work', (span) => {
        span.end();
        response.writeHead(request.url === '/fail' ? 503 : 200).end('done');
      });
    }),
  );
}

const names = () => ended.map(({ name, kind }) => [SpanKind[kind], name]);

describe('registration', () => {
  it('makes telltale the global of everything that traces', () => {
    expect(registration).toMatchObject({ traces: true, context: true, propagation: true });
  });
});

describe('@opentelemetry/instrumentation-http', () => {
  const call = (path: string) =>
    new Promise<number>((resolve, reject) => {
      http
        .get(`${server.url}${path}`, (response) => {
          response.resume().on('end', () => resolve(response.statusCode!));
        })
        .on('error', reject);
    });

  it('traces server and client, joined across the wire', async () => {
    await serve();
    const status = await trace.getTracer('app').startActiveSpan('job', async (job) => {
      const baggage = propagation.createBaggage({ tenant: { value: 'acme' } });
      const { context } = await import('@opentelemetry/api');
      const answer = await context.with(propagation.setBaggage(context.active(), baggage), () => call('/ok'));
      job.end();
      return answer;
    });
    expect(status).toBe(200);
    await until(() => ended.length === 4);
    const byKind = (kind: SpanKind, name?: string) =>
      ended.find((span) => span.kind === kind && (name === undefined || span.name === name))!;
    const job = byKind(SpanKind.INTERNAL, 'job');
    const client = byKind(SpanKind.CLIENT);
    const incoming = byKind(SpanKind.SERVER);
    const work = byKind(SpanKind.INTERNAL, 'work');
    for (const [child, parent] of [
      [client, job],
      [incoming, client],
      [work, incoming],
    ] as const) {
      expect(child.parentSpanContext?.spanId).toBe(parent.spanContext().spanId);
      expect(child.spanContext().traceId).toBe(job.spanContext().traceId);
    }
    expect(incoming.attributes).toMatchObject({
      'http.request.method': 'GET',
      'http.response.status_code': 200,
    });
    expect(incoming.instrumentationScope.name).toBe('@opentelemetry/instrumentation-http');
    expect(baggageSeen).toBe('acme');
    const { traceId, spanId } = client.spanContext();
    expect(received[0]).toMatchObject({
      traceparent: expect.stringContaining(`${traceId}-${spanId}`),
      b3: `${traceId}-${spanId}-1`,
    });
  });

  it('records failures, and calls its hooks with telltale’s spans', async () => {
    httpInstrumentation.setConfig({
      requestHook: (span) => void span.setAttribute('hooked', span.isRecording()),
      ignoreIncomingRequestHook: () => true,
    });
    await serve();
    expect(await call('/fail')).toBe(503);
    // What is ignored is suppressed: nor is there a span of the work within.
    await until(() => ended.length === 1);
    const client = ended.find(({ kind }) => kind === SpanKind.CLIENT)!;
    expect(client.status.code).toBe(SpanStatusCode.ERROR);
    expect(client.attributes).toMatchObject({ hooked: true, 'http.response.status_code': 503 });
  });
});

describe('@opentelemetry/instrumentation-undici', () => {
  it('traces fetch below the current span, and sends its headers', async () => {
    await serve();
    await trace.getTracer('app').startActiveSpan('job', async (job) => {
      const response = await fetch(`${server.url}/ok`);
      await response.text();
      job.end();
    });
    await until(() => ended.length === 4);
    const client = ended.find(({ kind }) => kind === SpanKind.CLIENT)!;
    const job = ended.find(({ name }) => name === 'job')!;
    expect(client.parentSpanContext?.spanId).toBe(job.spanContext().spanId);
    expect(received[0]!.traceparent).toContain(client.spanContext().spanId);
    expect(client.instrumentationScope.name).toBe('@opentelemetry/instrumentation-undici');
    expect(names()).toContainEqual(['CLIENT', 'GET']);
  });
});

describe("OpenTelemetry's exporters behind its processors", () => {
  it.each(['batch', 'simple'] as const)('send OTLP and Zipkin of telltale’s spans (%s)', async (kind) => {
    const bodies: { url: string; body: Buffer }[] = [];
    const backend = await listen(
      (await import('node:http')).createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          bodies.push({ url: request.url!, body: Buffer.concat(chunks) });
          response.writeHead(request.url === '/v1/traces' ? 200 : 202).end();
        });
      }),
    );
    const behind = (exporter: ConstructorParameters<typeof OtelBatchSpanProcessor>[0]) =>
      kind === 'batch' ? new OtelBatchSpanProcessor(exporter) : new OtelSimpleSpanProcessor(exporter);
    const provider = new TracerProvider({
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(1) }),
      spanProcessors: [
        behind(new OTLPTraceExporter({ url: `${backend.url}/v1/traces` })),
        behind(new ZipkinExporter({ url: `${backend.url}/zipkin` })),
      ],
    });
    const span = provider
      .getTracer('app', '1.0')
      .startSpan('sent', { kind: SpanKind.SERVER, attributes: { a: [1, 2] } }, ROOT_CONTEXT);
    span.addEvent('happened', { b: true });
    span.end();
    await provider.forceFlush();
    await until(() => bodies.length === 2);
    await provider.shutdown();
    await backend.close();

    const { traceId } = span.spanContext();
    const otlp = bodies.find(({ url }) => url === '/v1/traces')!.body;
    // The very bytes that the official serializer makes of the same span.
    expect(otlp.includes(Buffer.from(traceId, 'hex'))).toBe(true);
    expect(otlp.equals(Buffer.from(ProtobufTraceSerializer.serializeRequest([span as never])!))).toBe(true);
    const [zipkin] = JSON.parse(String(bodies.find(({ url }) => url === '/zipkin')!.body)) as Record<
      string,
      unknown
    >[];
    expect(zipkin).toMatchObject({
      traceId,
      name: 'sent',
      kind: 'SERVER',
      annotations: [{ value: 'happened' }],
    });
  });
});

it('nothing of this made OpenTelemetry complain', () => {
  expect(complaints).toEqual([]);
});
