import { createServer } from 'node:http';
import type { Tracer } from '@opentelemetry/api';
import Fastify from 'fastify';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { AsyncLocalContextManager } from '../../src/common/context-manager.js';
import { Diagnostics } from '../../src/common/diagnostics.js';
import { telltaleFastify } from '../../src/instrument/fastify.js';
import { instrumentFetch } from '../../src/instrument/fetch.js';
import { instrumentHandler } from '../../src/instrument/http.js';
import type { HttpSignals, RequestLogger } from '../../src/instrument/signals.js';
import { Logger } from '../../src/logs/index.js';
import { Registry } from '../../src/metrics/index.js';
import {
  CompositePropagator,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '../../src/trace/index.js';
import { listen, send, until } from './stand-in.js';

/** What `createTelemetry` puts together. */
function telemetryOfPillars() {
  const contextManager = new AsyncLocalContextManager();
  const diagnostics = new Diagnostics({ handler: (trouble) => troubles.push(trouble), interval: 0 });
  const troubles: unknown[] = [];
  const spans: ReadableSpan[] = [];
  const lines: Record<string, unknown>[] = [];
  const provider = new TracerProvider({
    contextManager,
    diagnostics,
    spanProcessors: [
      new SimpleSpanProcessor({
        exporter: {
          export(batch: readonly ReadableSpan[], done) {
            spans.push(...batch);
            done({ code: 0 });
          },
          shutdown: () => Promise.resolve(),
        },
      }),
    ],
  });
  const logger = new Logger({
    contextManager,
    diagnostics,
    sinks: [{ write: (line: string) => lines.push(JSON.parse(line)) }],
  });
  const registry = new Registry({ diagnostics });
  const tracer = provider.getTracer('test');
  const propagator = new CompositePropagator({
    propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
  });
  return {
    telemetry: { tracer, logger, registry, contextManager, propagator, diagnostics },
    spans,
    lines,
    troubles,
  };
}

describe('the pillars of telltale', () => {
  it('fit as they are', () => {
    expectTypeOf<Logger>().toExtend<RequestLogger>();
    expectTypeOf<ReturnType<TracerProvider['getTracer']>>().toExtend<Tracer>();
    expectTypeOf<ReturnType<typeof telemetryOfPillars>['telemetry']>().toExtend<HttpSignals>();
  });

  it('tell of a call from one service to another', async () => {
    const back = telemetryOfPillars();
    const front = telemetryOfPillars();
    const payments = Fastify();
    await payments.register(telltaleFastify, { telemetry: back.telemetry });
    payments.post('/charges/:id', async () => {
      back.telemetry.logger.info('charging');
      return { ok: true };
    });
    const address = await payments.listen({ port: 0, host: '127.0.0.1' });
    const traced = instrumentFetch(front.telemetry);
    const storefront = await listen(
      createServer(
        instrumentHandler(
          async (_request, response) => {
            const answer = await traced(`${address}/charges/7`, { method: 'POST' });
            response.end(await answer.text());
          },
          front.telemetry,
          { route: () => '/checkout' },
        ),
      ),
    );
    expect((await send(storefront.port, { path: '/checkout' })).body).toBe('{"ok":true}');
    await until(() => front.spans.length === 2 && back.spans.length === 1 && back.lines.length === 2);
    await until(() => front.lines.length === 1);
    await storefront.close();
    await payments.close();

    const [client, server] = front.spans;
    const [remote] = back.spans;
    expect([server!.name, client!.name, remote!.name]).toEqual([
      'GET /checkout',
      'POST',
      'POST /charges/:id',
    ]);
    expect(client!.parentSpanContext?.spanId).toBe(server!.spanContext().spanId);
    expect(remote!.parentSpanContext).toMatchObject({
      traceId: server!.spanContext().traceId,
      spanId: client!.spanContext().spanId,
      isRemote: true,
    });
    expect(back.lines[0]).toMatchObject({
      msg: 'charging',
      trace_id: server!.spanContext().traceId,
      span_id: remote!.spanContext().spanId,
    });
    expect(back.lines[1]).toMatchObject({
      level: 'info',
      method: 'POST',
      route: '/charges/:id',
      path: '/charges/7',
      status: 200,
      span_id: remote!.spanContext().spanId,
    });
    expect(back.lines[1]!.msg).toMatch(/^POST \/charges\/:id 200 [\d.]+ms$/);

    const text = await back.telemetry.registry.metrics();
    expect(text).toContain('http_requests_total{method="POST",route="/charges/:id",status="200"} 1');
    expect(text).toContain(
      'http_request_duration_seconds_count{method="POST",route="/charges/:id",status="200"} 1',
    );
    expect(text).toContain(
      'http_response_size_bytes_sum{method="POST",route="/charges/:id",status="200"} 11',
    );
    expect(text).toContain('http_requests_in_flight 0');
    expect([...front.troubles, ...back.troubles]).toEqual([]);
  });

  it('are shared by several instrumentations', async () => {
    const { telemetry } = telemetryOfPillars();
    instrumentHandler(() => {}, telemetry);
    expect(() => instrumentHandler(() => {}, telemetry)).not.toThrow();
  });
});
