import { createServer, get, type IncomingMessage, request } from 'node:http';
import * as https from 'node:https';
import { propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { fetch as undiciFetch, request as undiciRequest } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { suppressTelemetry } from '../../src/common/suppression.js';
import { instrumentFetch, subscribeUndici } from '../../src/instrument/fetch.js';
import {
  type HttpClientOptions,
  instrumentHandler,
  instrumentHttpClient,
} from '../../src/instrument/http.js';
import { Registry } from '../../src/metrics/index.js';
import { listen, type StandIn, standIn, until } from './stand-in.js';

let server: Awaited<ReturnType<typeof listen>>;
let received: IncomingMessage['headers'][];

beforeEach(async () => {
  received = [];
  server = await listen(
    createServer((incoming, response) => {
      received.push(incoming.headers);
      const [, kind, status] = incoming.url!.split('/');
      if (kind === 'status') response.writeHead(Number.parseInt(status!, 10)).end('body');
      else if (kind === 'redirect') response.writeHead(302, { location: '/status/200' }).end();
      else if (kind === 'reset') incoming.socket.destroy();
      else incoming.pipe(response);
    }),
  );
});
afterEach(() => server.close());

/** One request by each client: answers the status, or throws. */
type Client = (
  url: string,
  init?: { method?: string; body?: string; headers?: Record<string, string> },
) => Promise<number>;

function nodeClient(send: typeof request): Client {
  return (url, { body, ...init } = {}) =>
    new Promise((resolve, reject) => {
      const sent = send(url, { ...init, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode!);
      });
      sent.on('error', reject);
      sent.end(body);
    });
}

const clients: [string, (test: StandIn, options?: HttpClientOptions) => { client: Client; stop(): void }][] =
  [
    [
      'instrumentFetch',
      (test, options) => {
        const traced = instrumentFetch(test.telemetry, options);
        return { client: async (url, init) => (await traced(url, init)).status, stop() {} };
      },
    ],
    [
      'subscribeUndici and the global fetch',
      (test, options) => {
        const stop = subscribeUndici(test.telemetry, options);
        return { client: async (url, init) => (await fetch(url, init)).status, stop };
      },
    ],
    [
      'subscribeUndici and the fetch of undici',
      (test, options) => {
        const stop = subscribeUndici(test.telemetry, options);
        return { client: async (url, init) => (await undiciFetch(url, init)).status, stop };
      },
    ],
    [
      'subscribeUndici and undici.request',
      (test, options) => {
        const stop = subscribeUndici(test.telemetry, options);
        return {
          client: async (url, init) => {
            const { statusCode, body } = await undiciRequest(url, init as never);
            await body.dump();
            return statusCode;
          },
          stop,
        };
      },
    ],
    [
      'instrumentHttpClient',
      (test, options) => {
        const stop = instrumentHttpClient(test.telemetry, options);
        // The import is live: it is the replaced function.
        return {
          client: nodeClient(((url: string, init: object, done: () => void) =>
            request(url, init, done)) as typeof request),
          stop,
        };
      },
    ],
  ];

describe.each(clients)('%s', (_name, make) => {
  let stop = () => {};
  afterEach(() => stop());

  function start(options?: HttpClientOptions) {
    const test = standIn();
    const made = make(test, options);
    stop = made.stop;
    return { ...test, client: made.client };
  }

  it('makes a CLIENT span below the current one and sends its trace', async () => {
    const test = start();
    const parent = test.telemetry.tracer.startSpan('parent');
    const baggage = propagation.createBaggage({ tenant: { value: 'acme' } });
    const context = propagation.setBaggage(trace.setSpan(ROOT_CONTEXT, parent), baggage);
    const url = `${server.url}/status/200?a=1&sig=secret`;
    const status = await test.contextManager.with(context, () => test.client(url));
    expect(status).toBe(200);
    const [span] = await test.ended(1);
    expect(span).toMatchObject({ name: 'GET', kind: SpanKind.CLIENT });
    expect(span!.status.code).toBe(SpanStatusCode.UNSET);
    expect(span!.parentSpanContext?.spanId).toBe(parent.spanContext().spanId);
    expect(span!.attributes).toEqual({
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'server.address': '127.0.0.1',
      'server.port': server.port,
      'url.full': `${server.url}/status/200?a=1&sig=REDACTED`,
    });
    const { traceId, spanId } = span!.spanContext();
    expect(received[0]!.traceparent).toBe(`00-${traceId}-${spanId}-01`);
    expect(received[0]!.baggage).toBe('tenant=acme');
    expect(test.troubles).toEqual([]);
  });

  it('sends body, method and headers as they were', async () => {
    const test = start();
    const body = 'hello'.repeat(1000);
    await test.client(server.url, {
      method: 'POST',
      body,
      headers: { 'x-own': '1', 'content-type': 'text/plain' },
    });
    const [span] = await test.ended(1);
    expect(span!.name).toBe('POST');
    expect(received[0]).toMatchObject({ 'x-own': '1', 'content-type': 'text/plain' });
  });

  it.each([404, 500])('makes an error of status %i', async (status) => {
    const test = start();
    expect(await test.client(`${server.url}/status/${status}`)).toBe(status);
    const [span] = await test.ended(1);
    expect(span!.status.code).toBe(SpanStatusCode.ERROR);
    expect(span!.attributes['error.type']).toBe(String(status));
  });

  it('records a connection that fails, and lets the caller have the error', async () => {
    const test = start();
    await expect(test.client(`${server.url}/reset`)).rejects.toThrow();
    const [span] = await test.ended(1);
    expect(span!.status.code).toBe(SpanStatusCode.ERROR);
    expect(span!.attributes['error.type']).toMatch(/^(ECONNRESET|UND_ERR_SOCKET)$/);
    expect(span!.events[0]!.name).toBe('exception');
  });

  it('leaves ignored, suppressed and already traced requests alone', async () => {
    const test = start({
      ignore: [`${server.url}/status/200*`, ({ url }) => url.pathname === '/status/201'],
    });
    await test.client(`${server.url}/status/200?x`);
    await test.client(`${server.url}/status/201`);
    await test.contextManager.with(suppressTelemetry(ROOT_CONTEXT), () =>
      test.client(`${server.url}/status/202`),
    );
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await test.client(`${server.url}/status/203`, { headers: { traceparent } });
    expect(received.map((headers) => headers.traceparent)).toEqual([
      undefined,
      undefined,
      undefined,
      traceparent,
    ]);
    expect(test.spans()).toHaveLength(0);
  });

  it('takes hooks that throw and methods nobody knows', async () => {
    const broken = () => {
      throw new Error('hook');
    };
    const test = start({ onRequest: broken, onResponse: broken, ignore: broken });
    expect(await test.client(`${server.url}/status/200`, { method: 'PROPFIND' })).toBe(200);
    const [span] = await test.ended(1);
    expect(span!.name).toBe('HTTP');
    expect(span!.attributes).toMatchObject({
      'http.request.method': '_OTHER',
      'http.request.method_original': 'PROPFIND',
    });
    expect(test.troubles.map((trouble) => trouble.code)).toEqual(Array(3).fill('hook_failed'));
  });

  it('continues in the server, with the client span for its remote parent', async () => {
    const test = start();
    const other = await listen(
      createServer(instrumentHandler((_request, response) => response.end(), test.telemetry)),
    );
    await test.client(other.url);
    await test.ended(2);
    await other.close();
    const client = test.spans().find((span) => span.kind === SpanKind.CLIENT)!;
    const serverSpan = test.spans().find((span) => span.kind === SpanKind.SERVER)!;
    expect(serverSpan.spanContext().traceId).toBe(client.spanContext().traceId);
    expect(serverSpan.parentSpanContext).toMatchObject({
      spanId: client.spanContext().spanId,
      isRemote: true,
    });
  });

  it('refuses wrong options', () => {
    const { telemetry } = standIn();
    for (const [options, message] of [
      [{ ignore: 'x' }, /ignore is "x"; accepted/],
      [{ onRequest: 1 }, /onRequest is 1; accepted/],
      [{ hooks: 1 }, /unknown option "hooks"/],
    ] as const) {
      expect(() => make({ ...standIn(), telemetry }, options as never)).toThrow(message);
    }
  });
});

describe('subscribeUndici', () => {
  it('makes a span of each hop, and none after it was ended', async () => {
    const test = standIn();
    const stop = subscribeUndici(test.telemetry);
    await (await fetch(`${server.url}/redirect`)).text();
    const spans = await test.ended(2);
    expect(spans.map((span) => span.attributes['http.response.status_code'])).toEqual([302, 200]);
    stop();
    await (await fetch(`${server.url}/status/200`)).text();
    expect(received[2]!.traceparent).toBeUndefined();
    expect(test.spans()).toHaveLength(2);
  });

  it('adds nothing to instrumentFetch, whether trace headers are sent or not', async () => {
    const { telemetry, spans, ended } = standIn();
    for (const signals of [telemetry, { ...telemetry, propagator: undefined }]) {
      const stop = subscribeUndici(signals);
      await (await instrumentFetch(signals)(`${server.url}/status/200`)).text();
      stop();
    }
    await ended(2);
    expect(spans()).toHaveLength(2);
  });
});

describe('instrumentFetch', () => {
  it('leaves what is not sent over HTTP alone', async () => {
    const test = standIn();
    const traced = instrumentFetch(test.telemetry);
    expect(await (await traced('data:text/plain,hello')).text()).toBe('hello');
    expect(test.spans()).toEqual([]);
    expect(test.series.size).toBe(0);
  });

  it('takes a Request in the place of the options, as fetch does', async () => {
    const test = standIn();
    const request = new Request('http://elsewhere.invalid/', {
      method: 'POST',
      body: 'hello',
      headers: { 'x-a': '1' },
    });
    const response = await instrumentFetch(test.telemetry)(`${server.url}/echo`, request);
    expect(await response.text()).toBe('hello');
    expect(received[0]).toMatchObject({ 'x-a': '1', traceparent: expect.any(String) });
    expect((await test.ended(1))[0]!.name).toBe('POST');
  });

  it('takes Request objects, URLs and init as fetch does, and changes none of them', async () => {
    const test = standIn();
    const traced = instrumentFetch(test.telemetry);
    const asked = new Request(`${server.url}/echo`, { method: 'PUT', body: 'hi', headers: { 'x-a': '1' } });
    expect(await (await traced(asked)).text()).toBe('hi');
    expect(asked.headers.has('traceparent')).toBe(false);
    const init = { headers: { 'x-b': '2' } };
    await traced(new URL(`${server.url}/status/200`), init);
    expect(init).toEqual({ headers: { 'x-b': '2' } });
    expect(received.map((headers) => [headers['x-a'], headers['x-b']])).toEqual([
      ['1', undefined],
      [undefined, '2'],
    ]);
    const spans = await test.ended(2);
    expect(spans.map((span) => span.name)).toEqual(['PUT', 'GET']);
  });

  it('leaves what is no URL to fetch, and redacts credentials', async () => {
    const test = standIn();
    await expect(instrumentFetch(test.telemetry)('not a url')).rejects.toThrow(TypeError);
    expect(test.spans()).toHaveLength(0);
    expect(test.troubles).toEqual([]);
    const answer = new Response('ok');
    const traced = instrumentFetch(test.telemetry, { fetch: async () => answer });
    expect(await traced('https://me:secret@shop.example/x?sig=1#top')).toBe(answer);
    const [span] = await test.ended(1);
    expect(span!.attributes).toMatchObject({
      'url.full': 'https://REDACTED:REDACTED@shop.example/x?sig=REDACTED#top',
      'server.port': 443,
    });
  });

  it('records an abort', async () => {
    const test = standIn();
    const signal = AbortSignal.abort();
    await expect(instrumentFetch(test.telemetry)(server.url, { signal })).rejects.toThrow();
    const [span] = await test.ended(1);
    expect(span!.attributes['error.type']).toBe('AbortError');
  });
});

describe.each(clients)('the metrics of %s', (_name, make) => {
  let stop = () => {};
  afterEach(() => stop());

  it.each([true, false])('tell of every request by its outcome (with a tracer: %s)', async (traced) => {
    const registry = new Registry();
    const test = standIn();
    const { tracer, ...others } = test.telemetry;
    const telemetry = { ...others, registry, ...(traced && { tracer }) } as StandIn['telemetry'];
    const made = make({ ...test, telemetry }, { ignore: [`${server.url}/status/204`] });
    stop = made.stop;
    for (const status of [200, 200, 404, 204])
      await made.client(`${server.url}/status/${status}?q=${status}`);
    await made.client(`${server.url}/status/204`);
    await expect(made.client(`${server.url}/reset`, { method: 'POST', body: 'x' })).rejects.toThrow();
    const text = await registry.metrics();
    const counts = text
      .split('\n')
      .filter((line) => line.startsWith('http_client_request_duration_seconds_count'))
      .map((line) => line.replace(/^[^{]*/, ''));
    const host = `server_address="127.0.0.1",server_port="${server.port}"`;
    expect(counts.slice(0, 3)).toEqual([
      `{http_request_method="GET",${host},http_response_status_code="200"} 2`,
      `{http_request_method="GET",${host},http_response_status_code="404",error_type="404"} 1`,
      `{http_request_method="GET",${host},http_response_status_code="204"} 1`,
    ]);
    expect(counts[3]).toMatch(
      /^\{http_request_method="POST",.*error_type="(ECONNRESET|UND_ERR_SOCKET)"\} 1$/,
    );
    expect(counts).toHaveLength(4);
    expect(test.troubles).toEqual([]);
  });
});

it('a request that two instrumentations see is measured once, with or without a tracer', async () => {
  for (const traced of [true, false]) {
    const registry = new Registry();
    const { tracer, ...others } = standIn().telemetry;
    const telemetry = { ...others, registry, ...(traced && { tracer }) };
    const stop = subscribeUndici(telemetry);
    const response = await instrumentFetch(telemetry)(`${server.url}/status/200`);
    await response.text();
    stop();
    expect(await registry.metrics()).toMatch(/^http_client_request_duration_seconds_count\{.*\} 1$/m);
  }
});

describe('instrumentHttpClient', () => {
  it('covers get, puts the originals back, and leaves nothing behind', async () => {
    const before = [request, get, https.request, https.get];
    const test = standIn();
    const stop = instrumentHttpClient(test.telemetry);
    expect(request).not.toBe(before[0]);
    await new Promise<void>((resolve) => {
      get(`${server.url}/status/200`, (response) => response.resume().on('end', resolve));
    });
    expect(await test.ended(1)).toHaveLength(1);
    stop();
    expect([request, get, https.request, https.get]).toEqual(before);
  });

  it('throws a response away that nobody asked for, as Node does', async () => {
    const test = standIn();
    const stop = instrumentHttpClient(test.telemetry);
    const sent = request(`${server.url}/status/200`, { agent: false });
    sent.end();
    await new Promise((resolve) => sent.on('close', resolve));
    stop();
    expect(await test.ended(1)).toHaveLength(1);
  });

  it('does not make an unhandled error a handled one', async () => {
    const test = standIn();
    const stop = instrumentHttpClient(test.telemetry);
    const sent = request(`${server.url}/reset`, { agent: false });
    expect(sent.listenerCount('error')).toBe(0);
    sent.on('error', () => {});
    sent.end();
    const [span] = await test.ended(1);
    stop();
    expect(span!.attributes['error.type']).toBe('ECONNRESET');
  });

  it('ends the span of an upgrade, and takes headers given as an array', async () => {
    const test = standIn();
    const upgrading = createServer();
    upgrading.on('upgrade', (_request, socket) =>
      socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
    );
    const other = await listen(upgrading);
    const stop = instrumentHttpClient(test.telemetry);
    const sent = request(other.url, { headers: { connection: 'Upgrade', upgrade: 'x' } });
    await new Promise<void>((resolve) => sent.on('upgrade', () => resolve()).end());
    await test.ended(1);
    await new Promise<void>((resolve) => {
      request(
        `${server.url}/status/200`,
        { headers: ['host', 'x', 'x-a', '1'] as never, agent: false },
        (response) => response.resume().on('end', resolve),
      ).end();
    });
    stop();
    await until(() => test.spans().length === 2);
    await other.close();
    expect(test.troubles).toEqual([]);
  });
});
