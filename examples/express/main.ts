/**
 * An Express service with logs, traces and metrics.
 *
 *     npx tsx examples/express/main.ts
 *     curl localhost:3000/hello/ada; curl localhost:3000/metrics
 */
import express from 'express';
import { Counter, createTelemetry } from 'telltale';
import { recordExpressErrors, telltaleExpress } from 'telltale/express';
import { prometheusHandler } from 'telltale/prometheus';

const telemetry = createTelemetry({
  service: { name: 'greeter', version: '1.0.0' },
  signals: ['SIGINT', 'SIGTERM'],
});
const { logger, tracer, registry } = telemetry;

const greetings = new Counter({
  name: 'greetings_total',
  help: 'Greetings given, by language.',
  labelNames: ['language'],
  registers: [registry],
});

const app = express();
app.use(telltaleExpress(telemetry, { ignore: ['/metrics'] }));
app.get('/metrics', prometheusHandler(registry));

app.get('/hello/:name', async (request, response) => {
  const { name } = request.params;
  const greeting = await tracer.trace('choose greeting', async (span) => {
    const language = name.length % 2 === 0 ? 'en' : 'fr';
    span.setAttribute('greeting.language', language);
    greetings.inc({ language });
    return language === 'en' ? 'Hello' : 'Bonjour';
  });
  logger.info('greeted', { name, greeting }); // carries the ids of the request's trace
  response.json({ message: `${greeting}, ${name}!` });
});

app.get('/broken', () => {
  throw new Error('this route always fails');
});

app.use(recordExpressErrors); // after the routes: spans then say what went wrong

const server = app.listen(Number(process.env.PORT ?? 3000), () => {
  const address = server.address();
  logger.info('listening', { port: typeof address === 'object' ? address?.port : address });
});
