import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startLoad } from '../../examples/demo/load.js';
import { type Service, startService } from '../../examples/demo/services.js';

/** One log record of OTLP's JSON, as far as it matters here. */
interface Line {
  timeUnixNano: string;
  body: { stringValue: string };
}

/**
 * A back end for OTLP that keeps books of the log records that it took, and has moods: it is well, answers 503, or
 * takes a request and never answers. Some records it will never take, and refuses any request that has one.
 */
class MoodyBackEnd {
  mood: 'well' | '503' | 'hangs' = 'well';
  readonly delivered: Line[] = [];
  /** Requests for logs that were met in each mood. */
  readonly met = { well: 0, '503': 0, hangs: 0, refused: 0 };
  readonly #server = createServer((request, response) => void this.#take(request, response));

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    if (request.url !== '/v1/logs') {
      response.end('{}');
      return;
    }
    const { mood } = this;
    this.met[mood]++;
    if (mood === 'hangs') return;
    if (mood === '503') {
      response.writeHead(503).end();
      return;
    }
    const lines = (
      JSON.parse(body) as { resourceLogs: { scopeLogs: { logRecords: Line[] }[] }[] }
    ).resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords));
    if (lines.some(isPoison)) {
      this.met.refused++;
      response.writeHead(400).end();
      return;
    }
    this.delivered.push(...lines);
    response.setHeader('content-type', 'application/json').end('{}');
  }
}

/** About one record in 97, and always the same ones. */
function isPoison({ timeUnixNano }: Line): boolean {
  return (BigInt(timeUnixNano) / 1_000_000n) % 97n === 0n;
}

const backEnd = new MoodyBackEnd();
const services: Service[] = [];

beforeAll(async () => {
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: await backEnd.start(),
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
    PORT: '0',
  };
  const payments = await startService('payments', './payments.ts', env);
  services.push(payments);
  services.push(await startService('storefront', './storefront.ts', { ...env, PAYMENTS_URL: payments.url }));
});

afterAll(async () => {
  await Promise.all(services.map((service) => service.stop()));
  await backEnd.stop();
});

/** What the services say of their log queues, added up: `accepted`, `exported`, and `dropped` by its reasons. */
async function books(): Promise<{ accepted: number; exported: number; dropped: Record<string, number> }> {
  const sum = { accepted: 0, exported: 0, dropped: {} as Record<string, number> };
  for (const { url } of services) {
    const text = await (await fetch(`${url}/metrics`)).text();
    const pattern =
      /^telltale_queue_items_(accepted|exported|dropped)_total\{queue="logs"(?:,reason="(\w+)")?\} (\d+)/gm;
    for (const [, what, reason, count] of text.matchAll(pattern)) {
      if (what === 'dropped') sum.dropped[reason!] = (sum.dropped[reason!] ?? 0) + Number(count);
      else sum[what as 'accepted' | 'exported'] += Number(count);
    }
  }
  return sum;
}

const total = (dropped: Record<string, number>) => Object.values(dropped).reduce((sum, n) => sum + n, 0);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

it('loses no log line unseen while the back end is ill and gets well again', {
  timeout: 180_000,
}, async () => {
  const load = startLoad(services[1]!.url, 150);
  await expect.poll(() => backEnd.delivered.length, { timeout: 30_000 }).toBeGreaterThan(100);
  backEnd.mood = '503';
  await expect.poll(() => backEnd.met['503'], { timeout: 30_000 }).toBeGreaterThan(2);
  backEnd.mood = 'hangs';
  await expect.poll(() => backEnd.met.hangs, { timeout: 60_000 }).toBeGreaterThan(1);
  backEnd.mood = 'well';
  await pause(3000);
  await load.stop();
  await expect
    .poll(
      async () => {
        const { accepted, exported, dropped } = await books();
        return accepted - exported - total(dropped);
      },
      { timeout: 90_000, interval: 500 },
    )
    .toBe(0);

  const { accepted, exported, dropped } = await books();
  expect(backEnd.delivered.length).toBe(exported);
  expect(backEnd.delivered.length + total(dropped)).toBe(accepted);
  // Nothing but what the back end refused for good was dropped, and what it refused was looked for.
  expect(Object.keys(dropped).filter((reason) => dropped[reason]! > 0)).toEqual(['rejected']);
  expect(backEnd.met.refused).toBeGreaterThan(0);
  expect(backEnd.delivered.some(isPoison)).toBe(false);
  expect(accepted).toBeGreaterThan(500);
  expect(dropped.rejected! / accepted).toBeLessThan(0.5);
});
