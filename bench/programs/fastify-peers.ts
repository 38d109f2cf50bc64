/**
 * The same server with what people use today: OpenTelemetry's http instrumentation and batch processor, pino
 * and prom-client, one request line and the usual HTTP metrics, each set up as its documentation recommends
 * for speed (pino: asynchronous destination with a buffer of 4 kB; prom-client: no default metrics).
 */
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { pino } from 'pino';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { consumingSpanExporter } from './exporter.js';
import { serve } from './serve.js';

const provider = new BasicTracerProvider({
  spanProcessors: [new BatchSpanProcessor(consumingSpanExporter(), { maxQueueSize: 16384 })],
});
trace.setGlobalTracerProvider(provider);
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
registerInstrumentations({ tracerProvider: provider, instrumentations: [new HttpInstrumentation()] });

const registry = new Registry();
const registers = [registry];
const labelNames = ['method', 'route', 'status_code'] as const;
const sizes = [100, 1_000, 10_000, 100_000, 1_000_000];
const total = new Counter({ name: 'http_requests_total', help: 'Requests', labelNames, registers });
const duration = new Histogram({
  name: 'http_request_duration_seconds',
  help: 'Duration',
  labelNames,
  registers,
});
const requestSize = new Histogram({
  name: 'http_request_size_bytes',
  help: 'Request size',
  labelNames,
  buckets: sizes,
  registers,
});
const responseSize = new Histogram({
  name: 'http_response_size_bytes',
  help: 'Response size',
  labelNames,
  buckets: sizes,
  registers,
});
const inFlight = new Gauge({ name: 'http_requests_in_flight', help: 'In flight', registers });

const logger = pino(
  {
    mixin() {
      const span = trace.getActiveSpan();
      if (span === undefined) return {};
      const { traceId, spanId, traceFlags } = span.spanContext();
      return { trace_id: traceId, span_id: spanId, trace_flags: traceFlags };
    },
  },
  pino.destination({ dest: '/dev/null', sync: false, minLength: 4096 }),
);

// Imported only now: the instrumentation has to wrap node:http before Fastify loads it.
const { default: fastify } = await import('fastify');
const app = fastify();
app.addHook('onRequest', (_request, _reply, done) => {
  inFlight.inc();
  done();
});
app.addHook('onResponse', (request, reply, done) => {
  const { method } = request;
  const route = request.routeOptions.url ?? '';
  const status_code = reply.statusCode;
  const labels = { method, route, status_code };
  const ms = reply.elapsedTime;
  inFlight.dec();
  total.inc(labels);
  duration.observe(labels, ms / 1000);
  requestSize.observe(labels, Number(request.headers['content-length'] ?? 0));
  responseSize.observe(labels, Number(reply.getHeader('content-length') ?? 0));
  logger.info({ method, route, url: request.url, status: status_code, duration: ms }, 'request completed');
  done();
});
app.get('/hello/:name', () => ({ hello: 'world' }));
await serve(app);
