/**
 * A service that asks its own metrics with PromQL, without a Prometheus anywhere.
 *
 *     npx tsx examples/query/main.ts
 *     curl localhost:3000/work; curl localhost:3000/health
 *     npx telltale query 'sum by (status) (rate(work_total[1m]))' --url http://localhost:3000
 */
import { createServer } from 'node:http';
import { Counter, Histogram, Registry } from 'telltale/metrics';
import { embeddedSource, queryApiHandler, registryScraper, TimeSeriesStore } from 'telltale/query';

const registry = new Registry();
const registers = [registry];
const work = new Counter({ name: 'work_total', help: 'Work done.', labelNames: ['status'], registers });
const seconds = new Histogram({ name: 'work_seconds', help: 'How long it took.', registers });

// What a Prometheus would scrape every 15 seconds goes into a store in this process every second: six hours of it.
const store = new TimeSeriesStore();
const scraper = registryScraper({ registry, store, interval: 1000, labels: { job: 'worker' } });
const metrics = embeddedSource(store);
// The same over HTTP, read-only: for Grafana, and for `telltale query --url`.
const api = queryApiHandler(metrics);

/** The first value of a query; undefined where there is none, or where nothing happened: 0/0 is NaN. */
async function ask(query: string): Promise<number | undefined> {
  const result = await metrics.query(query);
  const value = result.type === 'vector' ? result.samples[0]?.value : undefined;
  return typeof value === 'number' && !Number.isNaN(value) ? value : undefined;
}

const server = createServer(async (request, response) => {
  if (await api(request, response)) return;
  if (request.url === '/health') {
    const failing =
      (await ask('sum(rate(work_total{status="failed"}[1m])) / sum(rate(work_total[1m]))')) ?? 0;
    const p90 = await ask('histogram_quantile(0.9, sum by (le) (rate(work_seconds_bucket[1m])))');
    response.statusCode = failing > 0.2 ? 503 : 200;
    response.end(`${JSON.stringify({ failing, p90 })}\n`);
    return;
  }
  const failed = Math.random() < 0.1;
  work.inc({ status: failed ? 'failed' : 'done' });
  seconds.observe(Math.random() ** 3);
  response.end(failed ? 'failed\n' : 'done\n');
});

server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') process.stdout.write(`listens on http://127.0.0.1:${address?.port}\n`);
});
process.once('SIGTERM', () => {
  void scraper.stop();
  server.close();
});
