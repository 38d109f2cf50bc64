import { SpanKind, type Tracer } from '@opentelemetry/api';
import { resourceOf } from '../../src/common/resource.js';
import { BatchSpanProcessor, TracerProvider, type TracerProviderOptions } from '../../src/trace/index.js';
import type { Comparison, Contestant } from '../line.js';

/**
 * Spans made between two pauses for the event loop. OpenTelemetry's batch processor drops what goes beyond its
 * `maxQueueSize` and starts no export within a turn, so a chunk must fit in there; 2,000 fits in its default.
 */
const CHUNK = 2000;

export const ROUTES = [
  '/',
  '/cart',
  '/orders/:id',
  '/products/:id',
  '/users/:id/orders',
  '/search',
  '/health',
];
export const METHODS = ['GET', 'POST', 'PUT', 'DELETE'];

/** Receives every span, as an exporter does, and keeps none. */
export class CountingExporter {
  received = 0;

  export(spans: readonly { readonly name: string }[], done: (result: { code: 0 }) => void): void {
    this.received += spans.length;
    done({ code: 0 });
  }

  async shutdown(): Promise<void> {}
}

/** What stands between the queue and the network: turns each batch into the bytes of an OTLP request. */
export class EncodingExporter extends CountingExporter {
  bytes = 0;
  readonly #encode: (spans: never) => Uint8Array;

  constructor(encode: (spans: never) => Uint8Array) {
    super();
    this.#encode = encode;
  }

  override export(spans: readonly { readonly name: string }[], done: (result: { code: 0 }) => void): void {
    this.bytes += this.#encode(spans as never).length;
    super.export(spans, done);
  }
}

/** One side: its tracer, and after each round a check that no span was lost on the way. */
function traced(
  name: string,
  tracer: Tracer,
  flush: () => Promise<void>,
  exporter: CountingExporter,
  work: (tracer: Tracer, i: number) => void,
): Contestant {
  let made = 0;
  return {
    name,
    async run(n) {
      for (let done = 0; done < n; done += CHUNK) {
        const end = Math.min(n, done + CHUNK);
        for (let i = done; i < end; i++) work(tracer, i);
        await new Promise<void>((resolve) => setImmediate(resolve));
        await flush();
      }
      made += n;
      if (exporter.received !== made)
        throw new Error(`${name} exported ${exporter.received} of ${made} spans`);
    },
  };
}

function loop(name: string, tracer: Tracer, work: (tracer: Tracer, i: number) => void): Contestant {
  return {
    name,
    run(n) {
      for (let i = 0; i < n; i++) work(tracer, i);
    },
  };
}

export function twoAttributes(tracer: Tracer, i: number): void {
  const span = tracer.startSpan(ROUTES[i % 7]!);
  span.setAttribute('http.request.method', METHODS[i & 3]!);
  span.setAttribute('http.response.status_code', 200 + (i & 7));
  span.end();
}

export function sixAttributes(tracer: Tracer, i: number): void {
  const span = tracer.startSpan(ROUTES[i % 7]!, {
    kind: SpanKind.SERVER,
    attributes: {
      'http.request.method': METHODS[i & 3]!,
      'url.path': ROUTES[i % 7]!,
      'server.address': 'localhost',
      'server.port': 8080,
    },
  });
  span.setAttribute('http.response.status_code', 200 + (i & 7));
  span.setAttribute('http.route', ROUTES[i % 7]!);
  span.end();
}

export function activeSpan(tracer: Tracer, i: number): void {
  tracer.startActiveSpan(ROUTES[i % 7]!, (span) => {
    span.setAttribute('http.request.method', METHODS[i & 3]!);
    span.setAttribute('http.response.status_code', 200 + (i & 7));
    span.end();
  });
}

export function silentSpan(tracer: Tracer, i: number): void {
  const span = tracer.startSpan(ROUTES[i % 7]!);
  span.setAttribute('http.request.method', METHODS[i & 3]!);
  span.setAttribute('http.response.status_code', 200 + (i & 7));
  span.end();
}

/** A provider, and where its spans end up. */
export interface Side {
  name: string;
  provider: { getTracer(name: string): Tracer; shutdown(): Promise<void> };
  processor: { forceFlush(): Promise<void> };
  exporter: CountingExporter;
}

export const RESOURCE = { 'service.name': 'bench', 'service.version': '1.0.0' };

/** Telltale's side, alike for every peer. */
export function ourSide(exporter: CountingExporter, options: TracerProviderOptions = {}): Side {
  const processor = new BatchSpanProcessor({ exporter });
  const resource = resourceOf(RESOURCE);
  const provider = new TracerProvider({ resource, spanProcessors: [processor], ...options });
  return { name: 'telltale', provider, processor, exporter };
}

export type Work = (tracer: Tracer, i: number) => void;

/** Every span is recorded, and goes to the exporter in batches. */
export function recordedBy(ours: Side, peer: Side, work: Work): Comparison {
  const contestant = ({ name, provider, processor, exporter }: Side) =>
    traced(name, provider.getTracer('bench'), () => processor.forceFlush(), exporter, work);
  return { ours: contestant(ours), peer: contestant(peer), teardown: () => shutDown(ours, peer) };
}

/** No span is recorded. */
export function unsampledBy(ours: Side, peer: Side, work: Work): Comparison {
  const contestant = ({ name, provider }: Side) => loop(name, provider.getTracer('bench'), work);
  return { ours: contestant(ours), peer: contestant(peer), teardown: () => shutDown(ours, peer) };
}

async function shutDown(...sides: readonly Side[]): Promise<void> {
  for (const { provider } of sides) await provider.shutdown();
}
