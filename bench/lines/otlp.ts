import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { encodeSpans } from '../../src/exporters/otlp/encode-spans.js';
import { ProtobufWriter } from '../../src/exporters/otlp/protobuf-writer.js';
import type { BenchLine } from '../line.js';

const SPANS = 512;
const BATCHES = 8;

export const otlpLines: BenchLine[] = [
  {
    name: 'encode 512 spans to OTLP protobuf',
    aim: 3,
    async setup() {
      // Spans of OpenTelemetry's own SDK for both: what is measured is the encoder, not whose spans they are.
      const batches = Array.from({ length: BATCHES }, (_, index) => serviceSpans(index));
      let bytes = 0;
      const writer = new ProtobufWriter();
      return {
        ours: {
          name: 'telltale',
          run(n) {
            for (let i = 0; i < n; i++) {
              writer.at = 0; // as the exporter does
              encodeSpans(writer, batches[i % BATCHES]!);
              bytes += writer.finish().length;
            }
          },
        },
        peer: {
          name: 'OpenTelemetry otlp-transformer',
          run(n) {
            for (let i = 0; i < n; i++) {
              bytes += ProtobufTraceSerializer.serializeRequest(batches[i % BATCHES]!)!.length;
            }
          },
        },
        teardown() {
          if (bytes === 0) throw new Error('nothing was encoded');
        },
      };
    },
  },
];

/** What a web service makes: server spans, each with two calls to a database, some of which fail. */
function serviceSpans(seed: number): ReadableSpan[] {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'checkout',
      'service.version': '1.4.2',
      'host.name': 'web-7f9c',
      'process.pid': 4711,
    }),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  const http = provider.getTracer('http', '1.0.0');
  const sql = provider.getTracer('sql', '2.1.0');
  const routes = ['/orders/:id', '/cart', '/products/:sku/reviews', '/checkout'];
  for (let i = 0; exporter.getFinishedSpans().length < SPANS; i++) {
    const route = routes[(i + seed) % routes.length]!;
    const failed = i % 17 === 0;
    const server = http.startSpan(`GET ${route}`, {
      kind: SpanKind.SERVER,
      attributes: {
        'http.request.method': 'GET',
        'http.route': route,
        'url.path': route.replace(/:\w+/, String(i * 7919 + seed)),
        'url.scheme': 'https',
        'server.address': 'shop.example.com',
        'server.port': 443,
        'user_agent.original': 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
      },
    });
    const inServer = trace.setSpan(ROOT_CONTEXT, server);
    for (let query = 0; query < 2; query++) {
      const options = {
        kind: SpanKind.CLIENT,
        attributes: {
          'db.system.name': 'postgresql',
          'db.query.text':
            'SELECT id, total, created_at FROM orders WHERE customer = $1 ORDER BY created_at DESC LIMIT 20',
          'db.response.returned_rows': (i * 31 + query) % 20,
          'db.duration': ((i * 37) % 1000) / 7,
        },
      };
      sql.startSpan('SELECT orders', options, inServer).end();
    }
    server.setAttribute('http.response.status_code', failed ? 500 : 200);
    if (failed) {
      server.recordException(new Error(`order ${i} is gone`));
      server.setStatus({ code: SpanStatusCode.ERROR, message: 'order is gone' });
    }
    server.end();
  }
  return exporter.getFinishedSpans().slice(0, SPANS);
}
