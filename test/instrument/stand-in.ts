import { request as httpRequest, type IncomingMessage, type RequestOptions, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { spanOf } from '../../src/common/context.js';
import { AsyncLocalContextManager } from '../../src/common/context-manager.js';
import { type Diagnostic, Diagnostics } from '../../src/common/diagnostics.js';
import type { HttpSignals, RequestLogger } from '../../src/instrument/signals.js';
import type { Registry } from '../../src/metrics/index.js';

export interface Line {
  level: string;
  message: string;
  fields: Record<string, unknown>;
  traceId: string | undefined;
  spanId: string | undefined;
}

/** Telemetry by OpenTelemetry's own SDK, a logger and a registry that only remember. */
export function standIn() {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const contextManager = new AsyncLocalContextManager();
  const troubles: Diagnostic[] = [];
  const lines: Line[] = [];
  const series = new Map<string, number[]>();

  const write = (level: string) => (fields: object, message: string) => {
    const ids = spanOf(contextManager.active())?.spanContext();
    lines.push({ level, message, fields: { ...fields }, traceId: ids?.traceId, spanId: ids?.spanId });
  };
  const logger: RequestLogger = {
    trace: write('trace'),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    fatal: write('fatal'),
  };

  const record = (name: string, labels: Readonly<Record<string, unknown>>, value: number) => {
    const key = `${name}{${Object.values(labels).join(',')}}`;
    series.set(key, [...(series.get(key) ?? []), value]);
  };
  type Labels = Record<string, string | number>;
  const registry = {
    getOrCreate: (_kind: unknown, { name }: { name: string }) => ({
      inc: (value = 1) => record(name, {}, value),
      dec: (value = 1) => record(name, {}, -value),
      labels: (labels: Labels) => ({
        inc: (value = 1) => record(name, labels, value),
        observe: (value: number) => record(name, labels, value),
      }),
    }),
  } as unknown as Registry;

  const telemetry = {
    tracer: provider.getTracer('test'),
    logger,
    registry,
    contextManager,
    propagator: new CompositePropagator({
      propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
    }),
    diagnostics: new Diagnostics({ handler: (trouble) => troubles.push(trouble), interval: 0 }),
  } satisfies HttpSignals;

  return {
    telemetry,
    lines,
    series,
    troubles,
    contextManager,
    spans: () => exporter.getFinishedSpans(),
    currentSpanId: () => spanOf(contextManager.active())?.spanContext().spanId,
    /** Waits until so many spans have ended. */
    async ended(count: number): Promise<ReadableSpan[]> {
      await until(() => exporter.getFinishedSpans().length >= count);
      return exporter.getFinishedSpans();
    },
    sum: (key: string) => (series.get(key) ?? []).reduce((total, value) => total + value, 0),
  };
}

export type StandIn = ReturnType<typeof standIn>;

/** Lets the event loop turn until something has come true. */
export async function until(condition: () => boolean): Promise<void> {
  const giveUp = performance.now() + 60_000;
  while (!condition()) {
    if (performance.now() > giveUp) throw new Error('it did not come true');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Listens on a free port of loopback; `close` ends open connections too. */
export async function listen(server: Server): Promise<{ port: number; url: string; close(): Promise<void> }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
}

/** One request, sent and read whole. */
export function send(port: number, options: RequestOptions, body?: string | string[]): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ port, host: '127.0.0.1', agent: false, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
      response.on('error', reject);
    });
    request.on('error', reject);
    for (const chunk of Array.isArray(body) ? body : []) request.write(chunk);
    request.end(typeof body === 'string' ? body : undefined);
  });
}
