/** The storefront: Express, a handful of routes, and a call to the payments service. */
import express from 'express';
import { createTelemetry } from 'telltale';
import { recordExpressErrors, telltaleExpress } from 'telltale/express';
import { instrumentFetch } from 'telltale/fetch';
import { otlpLogExporter, otlpTraceExporter } from 'telltale/otlp';
import { prometheusHandler } from 'telltale/prometheus';
import { httpAvailability, httpLatency, SloSet } from 'telltale/slo';
import { announce, listen, preferredPort, untilAsked } from './process.js';

const telemetry = createTelemetry({
  service: { name: 'storefront', version: '1.0.0', environment: 'demo' },
  logs: { level: 'debug', sinks: [], exporters: [otlpLogExporter()] },
  traces: { exporters: [otlpTraceExporter()] },
  slos: (signals) => {
    const checkout = { registry: signals.registry, route: '/checkout', method: 'POST' };
    return new SloSet({
      ...signals,
      objectives: [
        { id: 'checkout-works', target: 90, window: '1h', indicator: httpAvailability(checkout) },
        {
          id: 'checkout-is-quick',
          target: 90,
          window: '1h',
          indicator: httpLatency({ ...checkout, threshold: 0.25 }),
        },
      ],
    });
  },
});
const { logger, tracer, registry } = telemetry;
const fetch = instrumentFetch(telemetry);
const payments = process.env.PAYMENTS_URL;

const products = Array.from({ length: 12 }, (_, index) => ({ id: index + 1, price: 5 + index * 2.5 }));

const app = express();
app.use(telltaleExpress(telemetry, { ignore: ['/metrics'] }));
app.use(express.json());
app.get('/metrics', prometheusHandler(registry));

app.get('/products', (_request, response) => {
  response.json(products);
});

app.get('/products/:id', (request, response) => {
  const product = products.find(({ id }) => id === Number(request.params.id));
  if (product === undefined) {
    logger.info('no such product', { productId: request.params.id });
    response.status(404).json({ error: 'not found' });
    return;
  }
  response.json(product);
});

app.get('/search', async (request, response) => {
  const hits = await tracer.trace('search index', async (span) => {
    await new Promise((resolve) => setTimeout(resolve, 10 + Math.random() * 60));
    span.setAttribute('search.hits', 3);
    return products.slice(0, 3);
  });
  logger.debug('searched', { query: String(request.query.q), hits: hits.length });
  response.json(hits);
});

app.post('/checkout', async (request, response) => {
  const { productId, quantity, card } = request.body;
  const amount = await tracer.trace('price basket', async (span) => {
    span.setAttributes({ 'basket.product': productId, 'basket.quantity': quantity });
    return (products.find(({ id }) => id === productId)?.price ?? 0) * quantity;
  });
  const charge = await fetch(`${payments}/charges`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ amount, card }),
  });
  if (charge.ok) {
    logger.info('order placed', { productId, quantity, amount });
    response.status(201).json({ amount });
  } else if (charge.status === 402) {
    logger.warn('payment refused', { productId, amount });
    response.status(402).json({ error: 'card declined' });
  } else {
    logger.error('checkout failed', { productId, amount, status: charge.status });
    response.status(503).json({ error: 'payment is not possible now' });
  }
});

app.use(recordExpressErrors);

const server = await listen(app, await preferredPort());
announce(server.url);
await untilAsked();
await server.close();
await telemetry.shutdown();
