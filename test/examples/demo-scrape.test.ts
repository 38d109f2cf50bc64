import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { compare, quantile, scrape } from '../../examples/demo/scrape.js';

const servers: (() => void)[] = [];
afterEach(() => {
  for (const close of servers.splice(0)) close();
});

describe('quantile of a cumulative histogram', () => {
  const buckets = [
    { bound: 1, count: 50 },
    { bound: 2, count: 90 },
    { bound: Infinity, count: 100 },
  ];

  it('interpolates inside the bucket that holds the rank', () => {
    expect(quantile(0.5, buckets)).toBe(1);
    expect(quantile(0.7, buckets)).toBe(1.5);
  });

  it('answers the last bound when the rank is beyond it', () => {
    expect(quantile(0.99, buckets)).toBe(2);
  });

  it('is NaN without observations', () => {
    expect(quantile(0.5, [])).toBeNaN();
    expect(quantile(0.5, [{ bound: 1, count: 0 }])).toBeNaN();
  });
});

describe('the routes of a service', () => {
  it('are read from its exposition, busiest first, between two scrapes', async () => {
    let total = 10;
    const base = await serve(() =>
      [
        '# TYPE http_requests_total counter',
        `http_requests_total{method="GET",route="/slow \\"quoted\\"",status="200"} 1`,
        `http_requests_total{method="GET",route="/a",status="200"} ${total}`,
        `http_requests_total{method="GET",route="/a",status="503"} ${total / 2}`,
        `http_request_duration_seconds_bucket{method="GET",route="/a",status="200",le="1"} ${total}`,
        `http_request_duration_seconds_bucket{method="GET",route="/a",status="200",le="+Inf"} ${total}`,
        'process_cpu_seconds_total 3',
      ].join('\n'),
    );
    const first = await scrape(base);
    total = 30;
    const second = await scrape(base);

    expect(compare(undefined, first, 1).map(({ route }) => route)).toEqual(['GET /a', 'GET /slow "quoted"']);
    const [stats, ...others] = compare(first, second, 10);
    expect(others).toEqual([]);
    expect(stats).toMatchObject({ route: 'GET /a', perSecond: 3, p50: 0.5 });
    expect(stats!.errorRatio).toBeCloseTo(1 / 3);
  });
});

async function serve(body: () => string): Promise<string> {
  const server = createServer((_request, response) => response.end(body()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
