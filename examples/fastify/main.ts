/**
 * A Fastify service with logs, traces and metrics, whose spans go to an OpenTelemetry Collector.
 *
 *     npx tsx examples/fastify/main.ts
 *     curl localhost:3000/weather/oslo; curl localhost:3000/metrics
 */
import fastify from 'fastify';
import { createTelemetry, Histogram, parentBased, rateLimited } from 'telltale';
import { telltaleFastify } from 'telltale/fastify';
import { otlpTraceExporter } from 'telltale/otlp';

const telemetry = createTelemetry({
  service: { name: 'weather', version: '1.0.0' },
  traces: {
    sampler: parentBased(rateLimited(100)), // at most a hundred new traces a second
    exporters: [otlpTraceExporter({ url: 'http://localhost:4318/v1/traces' })],
  },
  signals: ['SIGINT', 'SIGTERM'],
});
const { logger, tracer, registry } = telemetry;

const lookups = new Histogram({
  name: 'weather_lookup_seconds',
  help: 'How long a station takes to answer.',
  labelNames: ['city'],
  registers: [registry],
});

const app = fastify();
await app.register(telltaleFastify, { telemetry, ignore: ['/metrics'] });

app.get('/metrics', async (_request, reply) => {
  reply.type(registry.contentType);
  return registry.metrics();
});

app.get<{ Params: { city: string } }>('/weather/:city', async (request) => {
  const { city } = request.params;
  const stop = lookups.startTimer({ city });
  const celsius = await tracer.trace('ask station', () => askStation(city));
  stop();
  if (celsius < 0) logger.warn('freezing', { city, celsius });
  return { city, celsius };
});

const address = await app.listen({ port: Number(process.env.PORT ?? 3000) });
logger.info('listening', { address });

async function askStation(city: string): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 5));
  return city.length * 3 - 14;
}
