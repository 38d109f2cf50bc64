import { context, ROOT_CONTEXT, SpanKind } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator as OtelPropagator } from '@opentelemetry/core';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  BatchSpanProcessor as OtelBatchSpanProcessor,
  ParentBasedSampler,
  type TracerConfig,
} from '@opentelemetry/sdk-trace-base';
import { encodeSpans } from '../../src/exporters/otlp/encode-spans.js';
import { ProtobufWriter } from '../../src/exporters/otlp/protobuf-writer.js';
import { adaptive, alwaysOff, parentBased, W3CTraceContextPropagator } from '../../src/trace/index.js';
import {
  activeSpan,
  CountingExporter,
  EncodingExporter,
  METHODS,
  ourSide,
  RESOURCE,
  ROUTES,
  recordedBy,
  type Side,
  silentSpan,
  sixAttributes,
  twoAttributes,
  unsampledBy,
  type Work,
} from '../lib/spans.js';
import type { BenchLine, Comparison, Contestant } from '../line.js';

const PEER = 'OpenTelemetry SDK 2.12';

function recorded(
  work: Work,
  exporter = new CountingExporter(),
  peerExporter = new CountingExporter(),
): Comparison {
  return withApiContext(recordedBy(ourSide(exporter), peerSide(peerExporter), work));
}

function unsampled(work: Work): Comparison {
  const ours = ourSide(new CountingExporter(), { sampler: parentBased(alwaysOff()) });
  const sampler = new ParentBasedSampler({ root: new AlwaysOffSampler() });
  return withApiContext(unsampledBy(ours, peerSide(new CountingExporter(), { sampler }), work));
}

function peerSide(exporter: CountingExporter, options: TracerConfig = {}): Side {
  const processor = new OtelBatchSpanProcessor(exporter);
  const resource = resourceFromAttributes(RESOURCE);
  const provider = new BasicTracerProvider({ resource, spanProcessors: [processor], ...options });
  return { name: PEER, provider, processor, exporter };
}

/** From `startSpan` to the bytes that go over the wire. */
function encoded(): Comparison {
  const writer = new ProtobufWriter();
  const ours = new EncodingExporter((spans) => {
    writer.at = 0; // as the exporter does
    encodeSpans(writer, spans);
    return writer.finish();
  });
  const peer = new EncodingExporter((spans) => ProtobufTraceSerializer.serializeRequest(spans)!);
  return recorded(sixAttributes, ours, peer);
}

/** Ours decides; the peer makes a span of which nothing is left out but the sampler. */
function adaptiveDecision(): Comparison {
  const { peer, teardown } = recorded(twoAttributes) as Comparison & { teardown(): Promise<void> };
  const sampler = adaptive(100, { key: ['http.request.method', 'http.route'] });
  const requests = Array.from({ length: 1024 }, (_, i) => ({
    traceId: `${(0x9e3779b9 * (i + 1)).toString(16).padStart(16, '1')}${(0x85ebca6b * (i + 7)).toString(16).padStart(16, '3')}`,
    name: `GET ${ROUTES[i % 7]}`,
    attributes: { 'http.request.method': METHODS[i & 3]!, 'http.route': ROUTES[i % 7]! },
  }));
  let kept = 0;
  return {
    ours: {
      name: 'telltale',
      run(n) {
        for (let i = 0; i < n; i++) {
          const { traceId, name, attributes } = requests[i & 1023]!;
          kept += sampler.shouldSample(ROOT_CONTEXT, traceId, name, SpanKind.SERVER, attributes, []).decision;
        }
      },
    },
    peer,
    async teardown() {
      if (kept === 0) throw new Error('nothing was sampled');
      await teardown();
    },
  };
}

/** The peer takes its context from the API's global; telltale's own works beside it. */
function withApiContext(comparison: Comparison): Comparison {
  const manager = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(manager);
  return {
    ...comparison,
    async teardown() {
      await comparison.teardown?.();
      manager.disable();
      context.disable();
    },
  };
}

/** A request that came in and one that goes out: read the header, write the next. */
function propagated(
  name: string,
  propagator: W3CTraceContextPropagator | OtelPropagator,
  headers: readonly Record<string, string>[],
): Contestant {
  const getter = {
    keys: (carrier: Record<string, string>) => Object.keys(carrier),
    get: (carrier: Record<string, string>, key: string) => carrier[key],
  };
  const setter = {
    set(carrier: Record<string, string>, key: string, value: string) {
      carrier[key] = value;
    },
  };
  return {
    name,
    run(n) {
      for (let i = 0; i < n; i++) {
        const incoming = propagator.extract(ROOT_CONTEXT, headers[i & 63]!, getter);
        propagator.inject(incoming, {}, setter);
      }
    },
  };
}

function incomingHeaders(): Record<string, string>[] {
  return Array.from({ length: 64 }, (_, i) => {
    const id = (0x9e3779b9 * (i + 1)).toString(16).padStart(16, '1').slice(-16);
    return { host: 'localhost', traceparent: `00-${id}${id}-${id}-0${i & 1}`, accept: '*/*' };
  });
}

export const traceLines: BenchLine[] = [
  {
    name: 'span: start, 2 attributes, end, batched',
    aim: 4,
    setup: async () => recorded(twoAttributes),
  },
  { name: 'span: 6 attributes, batched', aim: 5, setup: async () => recorded(sixAttributes) },
  { name: 'startActiveSpan, 2 attributes', aim: 4, setup: async () => recorded(activeSpan) },
  { name: 'unsampled span', aim: 10, setup: async () => unsampled(silentSpan) },
  { name: 'span: 6 attributes, to OTLP bytes', aim: 3, setup: async () => encoded() },
  { name: "adaptive sampler's decision vs a span", aim: 4, setup: async () => adaptiveDecision() },
  {
    name: 'traceparent: extract and inject',
    setup: async () => {
      const headers = incomingHeaders();
      return {
        ours: propagated('telltale', new W3CTraceContextPropagator(), headers),
        peer: propagated(PEER, new OtelPropagator(), headers),
      };
    },
  },
];
