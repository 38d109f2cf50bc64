/** The payments service: Fastify, one route that matters, and a bank that is not always quick or there. */
import fastify from 'fastify';
import { createTelemetry } from 'telltale';
import { telltaleFastify } from 'telltale/fastify';
import { otlpLogExporter, otlpTraceExporter } from 'telltale/otlp';
import { announce, preferredPort, untilAsked } from './process.js';

const telemetry = createTelemetry({
  service: { name: 'payments', version: '1.0.0', environment: 'demo' },
  logs: { level: 'debug', sinks: [], exporters: [otlpLogExporter()] },
  traces: { exporters: [otlpTraceExporter()] },
});
const { logger, tracer, registry } = telemetry;

const app = fastify();
await app.register(telltaleFastify, { telemetry, ignore: ['/metrics'] });

app.get('/metrics', async (_request, reply) => {
  reply.type(registry.contentType);
  return registry.metrics();
});

interface Charge {
  amount: number;
  card: 'valid' | 'declined';
}

app.post<{ Body: Charge }>('/charges', async (request, reply) => {
  const { amount, card } = request.body;
  logger.debug('asking the bank', { amount });
  const answer = await tracer.trace('bank: authorise', async (span) => {
    span.setAttribute('bank.name', 'First Harbour');
    return bank(card);
  });
  if (answer === 'declined') {
    logger.warn('card declined', { amount });
    return reply.code(402).send({ error: 'declined' });
  }
  return { approved: true, amount };
});

let calls = 0;

/** The share of calls that the bank does not answer. */
const failing = Number(process.env.BANK_FAILURES ?? 4) / 100;

/** A bank: usually 5 to 40 ms, but every 17th call is slow, and some are not answered at all. */
async function bank(card: Charge['card']): Promise<'approved' | 'declined'> {
  const call = ++calls;
  const wait = call % 17 === 0 ? 350 + Math.random() * 500 : 5 + Math.random() * 35;
  await new Promise((resolve) => setTimeout(resolve, wait));
  if (failuresBy(call) > failuresBy(call - 1)) throw new Error('the bank closed the connection');
  return card === 'declined' ? 'declined' : 'approved';
}

/** How many of so many calls fail: spread evenly, and the first of them early, for a short demo shows one too. */
function failuresBy(call: number): number {
  return Math.floor(call * failing + 0.8);
}

app.setErrorHandler((error: Error, _request, reply) => {
  logger.error(error, 'charge failed');
  return reply.code(502).send({ error: 'bank unavailable' });
});

announce(await app.listen({ port: await preferredPort(), host: '127.0.0.1' }));
await untilAsked();
await app.close();
await telemetry.shutdown();
