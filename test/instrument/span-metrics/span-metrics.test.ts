import { ROOT_CONTEXT, SpanKind, type Tracer, trace } from '@opentelemetry/api';
import { beforeEach, describe, expect, it } from 'vitest';
import { processContexts, spanOf } from '../../../src/common/context.js';
import { resourceOf } from '../../../src/common/resource.js';
import { ServiceGraphProcessor, SpanMetricsProcessor } from '../../../src/instrument/span-metrics/index.js';
import { type ExemplarPolicy, Registry } from '../../../src/metrics/index.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import { alwaysOn, type SpanProcessor, TracerProvider } from '../../../src/trace/index.js';

let clock: FakeClock;
let registry: Registry;

beforeEach(() => {
  clock = new FakeClock();
  registry = new Registry({ strict: true });
});

function tracerOf(processor: SpanProcessor, service = 'shop'): Tracer {
  const resource = resourceOf({ 'service.name': service, 'cloud.region': 'eu' });
  return new TracerProvider({ resource, clock, sampler: alwaysOn(), spanProcessors: [processor] }).getTracer(
    'test',
  );
}

async function samples(metric: string): Promise<[Record<string, string>, number][]> {
  const all = await registry.getMetricsAsJSON();
  const found = all.find(({ name }) => name === metric);
  return (found?.values ?? [])
    .filter(({ metricName = metric }) => !metricName.endsWith('_bucket'))
    .map(({ labels, value }) => [labels, value]);
}

describe('SpanMetricsProcessor', () => {
  it('counts requests, errors and durations by service, operation, kind and status', async () => {
    const tracer = tracerOf(new SpanMetricsProcessor({ registry }));
    for (let i = 0; i < 3; i++) {
      const span = tracer.startSpan('GET /cart', { kind: SpanKind.SERVER });
      clock.advanceSync(250);
      if (i === 2) span.setStatus({ code: 2 });
      span.end();
    }
    const common = { service_name: 'shop', span_name: 'GET /cart', span_kind: 'SPAN_KIND_SERVER' };
    expect(await samples('traces_span_metrics_calls_total')).toEqual([
      [{ ...common, status_code: 'STATUS_CODE_UNSET' }, 2],
      [{ ...common, status_code: 'STATUS_CODE_ERROR' }, 1],
    ]);
    expect((await samples('traces_span_metrics_duration_seconds')).map(([, value]) => value)).toEqual([
      0.5, 2, 0.25, 1,
    ]);
  });

  it('takes attributes of the span or its resource as further labels', async () => {
    const tracer = tracerOf(
      new SpanMetricsProcessor({ registry, namespace: 'rpc', dimensions: ['http.route', 'cloud.region'] }),
    );
    tracer.startSpan('a', { attributes: { 'http.route': '/x', 'cloud.region': 'us' } }).end();
    tracer.startSpan('a').end();
    const labels = (await samples('rpc_calls_total')).map(([own]) => [own.http_route, own.cloud_region]);
    expect(labels).toEqual([
      ['/x', 'us'],
      [undefined, 'eu'],
    ]);
  });

  it('lets exemplars lead to the span that was measured, not to the one that happens to be active', () => {
    const seen: (string | undefined)[] = [];
    const exemplars: ExemplarPolicy = () => ({
      offer: () => void seen.push(spanOf(processContexts().active())?.spanContext().spanId),
      read: () => [],
    });
    registry = new Registry({ exemplars });
    const tracer = tracerOf(new SpanMetricsProcessor({ registry }));
    const span = tracer.startSpan('measured');
    tracer.startActiveSpan('active', () => span.end());
    expect(seen).toEqual([span.spanContext().spanId, span.spanContext().spanId]);
  });

  it('refuses wrong options by their path', () => {
    expect(() => new SpanMetricsProcessor({} as never)).toThrow('registry');
    expect(() => new SpanMetricsProcessor({ registry, dimensions: ['a', 'span.name'] })).toThrow(
      'dimensions[1] is "span.name"',
    );
  });
});

describe('ServiceGraphProcessor', () => {
  const graph = (own = {}) => new ServiceGraphProcessor({ registry, clock, ...own });

  it('joins both sides of a call that are in this process, whichever ends first', async () => {
    const processor = graph();
    const shop = tracerOf(processor, 'shop');
    const payments = tracerOf(processor, 'payments');
    for (const clientFirst of [true, false]) {
      const client = shop.startSpan('POST', { kind: SpanKind.CLIENT });
      const remote = trace.setSpanContext(ROOT_CONTEXT, { ...client.spanContext(), isRemote: true });
      const server = payments.startSpan('POST /charge', { kind: SpanKind.SERVER }, remote);
      clock.advanceSync(100);
      if (clientFirst) client.end();
      server.setStatus({ code: 2 }).end();
      clock.advanceSync(100);
      if (!clientFirst) client.end();
    }
    const labels = { client: 'shop', server: 'payments' };
    expect(await samples('traces_service_graph_request_total')).toEqual([[labels, 2]]);
    expect(await samples('traces_service_graph_request_failed_total')).toEqual([[labels, 2]]);
    const client = await samples('traces_service_graph_request_client_seconds');
    const server = await samples('traces_service_graph_request_server_seconds');
    expect(client.map(([, value]) => value)).toEqual([expect.closeTo(0.3, 5), 2]);
    expect(server.map(([, value]) => value)).toEqual([expect.closeTo(0.2, 5), 2]);
  });

  it('names the other side by what the span says of it, once nobody comes', async () => {
    const processor = graph();
    const tracer = tracerOf(processor);
    tracer
      .startSpan('GET', { kind: SpanKind.CLIENT, attributes: { 'server.address': 'api.example.com' } })
      .end();
    tracer
      .startSpan('SELECT', {
        kind: SpanKind.CLIENT,
        attributes: { 'db.system.name': 'postgresql', 'db.namespace': 'orders' },
      })
      .end();
    tracer
      .startSpan('send', { kind: SpanKind.PRODUCER, attributes: { 'messaging.destination.name': 'mails' } })
      .end();
    tracer.startSpan('GET /', { kind: SpanKind.SERVER }).end();
    tracer.startSpan('GET', { kind: SpanKind.CLIENT }).end();
    tracer.startSpan('inside').end();
    const remote = trace.setSpanContext(ROOT_CONTEXT, {
      traceId: 'a'.repeat(32),
      spanId: 'b'.repeat(16),
      traceFlags: 1,
      isRemote: true,
    });
    tracer.startSpan('GET /', { kind: SpanKind.SERVER }, remote).end();
    await clock.advance(2_000);
    expect(await samples('traces_service_graph_request_total')).toEqual([
      [{ client: 'shop', server: 'orders', connection_type: 'database' }, 1],
      [{ client: 'user', server: 'shop' }, 1],
      [{ client: 'shop', server: 'api.example.com' }, 1],
      [{ client: 'shop', server: 'mails', connection_type: 'messaging_system' }, 1],
    ]);
    expect(await samples('traces_service_graph_unpaired_spans_total')).toEqual([
      [{ client: 'shop' }, 1],
      [{ server: 'shop' }, 1],
    ]);
    expect(clock.pending).toBe(0);
  });

  it('is bounded, and says what it had no room for', async () => {
    const processor = graph({ maxItems: 10 });
    const tracer = tracerOf(processor);
    for (let i = 0; i < 25; i++)
      tracer.startSpan('GET', { kind: SpanKind.CLIENT, attributes: { 'peer.service': 'api' } }).end();
    await processor.shutdown();
    const labels = { client: 'shop', server: 'api' };
    expect(await samples('traces_service_graph_dropped_spans_total')).toEqual([[labels, 15]]);
    expect(await samples('traces_service_graph_request_total')).toEqual([[labels, 10]]);
    expect(clock.pending).toBe(0);
  });

  it('refuses wrong options', () => {
    expect(() => graph({ ttl: 0 })).toThrow('ttl is 0');
    expect(() => graph({ store: {} })).toThrow('unknown option "store"');
  });
});
