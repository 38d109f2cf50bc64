/** The same server with telltale's three signals: spans in batches, a request line, the HTTP metrics. */
import fastify from 'fastify';
import { telltaleFastify } from 'telltale/fastify';
import { Logger, stdoutSink } from 'telltale/logs';
import { Registry } from 'telltale/metrics';
import { BatchSpanProcessor, TracerProvider, W3CTraceContextPropagator } from 'telltale/trace';
import { consumingSpanExporter } from './exporter.js';
import { serve } from './serve.js';

const provider = new TracerProvider({
  spanProcessors: [new BatchSpanProcessor({ exporter: consumingSpanExporter() })],
});
const telemetry = {
  tracer: provider.getTracer('bench'),
  // Standard output is /dev/null here.
  logger: new Logger({ sinks: [stdoutSink()] }),
  registry: new Registry(),
  propagator: new W3CTraceContextPropagator(),
};

const app = fastify();
await app.register(telltaleFastify, { telemetry });
app.get('/hello/:name', () => ({ hello: 'world' }));
await serve(app);
