import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import { afterEach, describe, expect, it } from 'vitest';
import {
  instrumentHandler,
  instrumentServer,
  recordHttpError,
  setHttpRoute,
} from '../../src/instrument/http.js';
import type { HttpHandlerOptions } from '../../src/instrument/server/wrap.js';
import type { Registry } from '../../src/metrics/index.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { listen, send, standIn, until } from './stand-in.js';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function serve(handler: RequestListener, options?: HttpHandlerOptions) {
  const test = standIn();
  const server = createServer(instrumentHandler(handler, test.telemetry, options));
  const listening = await listen(server);
  closers.push(listening.close);
  return { ...test, ...listening };
}

describe('a plain server', () => {
  it('tells of a request through all three signals', async () => {
    const test = await serve(
      (_request, response) => {
        response.setHeader('content-type', 'text/plain');
        response.end('hello');
      },
      { route: () => '/users/:id' },
    );
    await send(test.port, { path: '/users/7?q=1&sig=secret', headers: { 'user-agent': 'me/1' } });
    const [span] = await test.ended(1);

    expect(span).toMatchObject({ name: 'GET /users/:id', kind: SpanKind.SERVER });
    expect(span!.status.code).toBe(SpanStatusCode.UNSET);
    expect(span!.attributes).toEqual({
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'http.route': '/users/:id',
      'url.scheme': 'http',
      'url.path': '/users/7',
      'url.query': 'q=1&sig=REDACTED',
      'server.address': '127.0.0.1',
      'server.port': test.port,
      'client.address': '127.0.0.1',
      'user_agent.original': 'me/1',
      'network.protocol.version': '1.1',
    });
    expect(test.lines).toHaveLength(1);
    const [line] = test.lines;
    expect(line!.level).toBe('info');
    expect(line!.message).toMatch(/^GET \/users\/:id 200 [\d.]+ms$/);
    expect(line!.fields).toMatchObject({ method: 'GET', route: '/users/:id', path: '/users/7', status: 200 });
    expect(line!.fields.duration_ms).toBeGreaterThan(0);
    expect([line!.traceId, line!.spanId]).toEqual([span!.spanContext().traceId, span!.spanContext().spanId]);
    expect(test.sum('http_requests_total{GET,/users/:id,200}')).toBe(1);
    expect(test.sum('http_response_size_bytes{GET,/users/:id,200}')).toBe(5);
    expect(test.sum('http_requests_in_flight{}')).toBe(0);
    expect(test.series.get('http_request_duration_seconds{GET,/users/:id,200}')![0]).toBeGreaterThan(0);
    expect(test.troubles).toEqual([]);
  });

  it('takes its times from the clock it is given', async () => {
    const test = standIn();
    const clock = new FakeClock();
    const server = createServer(
      instrumentHandler(
        (request, response) => {
          clock.advanceSync(request.url === '/slow' ? 1234.5678 : 1.26);
          response.end();
        },
        { ...test.telemetry, clock },
        { route: (request) => request.url },
      ),
    );
    const listening = await listen(server);
    closers.push(listening.close);
    await send(listening.port, { path: '/slow' });
    await send(listening.port, { path: '/quick' });
    await test.ended(2);
    expect(test.lines.map((line) => [line.message, line.fields.duration_ms])).toEqual([
      ['GET /slow 200 1235ms', 1234.568],
      ['GET /quick 200 1.3ms', 1.26],
    ]);
    expect(test.sum('http_request_duration_seconds{GET,/slow,200}')).toBeCloseTo(1.2345678, 9);
  });

  it('keeps the requests of one kept-alive connection apart', async () => {
    const test = await serve((request, response) => response.end(request.url), {
      route: (request) => request.url,
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (const path of ['/1', '/22', '/333']) await send(test.port, { path, agent });
    await test.ended(3);
    agent.destroy();
    expect(test.sum('http_response_size_bytes{GET,/1,200}')).toBe(2);
    expect(test.sum('http_response_size_bytes{GET,/22,200}')).toBe(3);
    expect(test.sum('http_response_size_bytes{GET,/333,200}')).toBe(4);
    expect(new Set(test.spans().map((span) => span.attributes['http.response.status_code']))).toEqual(
      new Set([200]),
    );
  });

  it('continues the trace of its caller, and only when the header is well formed', async () => {
    const test = await serve((_request, response) => response.end());
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    await send(test.port, { headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` } });
    await send(test.port, { headers: { traceparent: '00-zzzz-b7ad6b7169203331-01' } });
    await send(test.port, { headers: { traceparent: 'x'.repeat(8000) } });
    const [continued, ...fresh] = await test.ended(3);
    expect(continued!.spanContext().traceId).toBe(traceId);
    expect(continued!.parentSpanContext).toMatchObject({ spanId: 'b7ad6b7169203331', isRemote: true });
    for (const span of fresh) expect(span.parentSpanContext).toBeUndefined();
  });

  it('does not take what was current when the server started for a parent', async () => {
    const test = standIn();
    const outer = test.telemetry.tracer.startSpan('start-up');
    const server = createServer(instrumentHandler((_q, response) => response.end(), test.telemetry));
    const { trace, ROOT_CONTEXT } = await import('@opentelemetry/api');
    const listening = await test.contextManager.with(trace.setSpan(ROOT_CONTEXT, outer), () =>
      listen(server),
    );
    closers.push(listening.close);
    await send(listening.port, {});
    const [span] = await test.ended(1);
    expect(span!.parentSpanContext).toBeUndefined();
  });

  it.each([
    [200, undefined, 'info'],
    [302, undefined, 'info'],
    [404, undefined, 'warn'],
    [500, '500', 'error'],
    [503, '503', 'error'],
  ])('answers %i: error.type %s, level %s', async (status, type, level) => {
    const test = await serve((_request, response) => response.writeHead(status).end());
    await send(test.port, {});
    const [span] = await test.ended(1);
    expect(span!.attributes['error.type']).toBe(type);
    expect(span!.status.code).toBe(type === undefined ? SpanStatusCode.UNSET : SpanStatusCode.ERROR);
    expect(test.lines[0]!.level).toBe(level);
    expect(test.sum(`http_requests_total{GET,unmatched,${status}}`)).toBe(1);
  });

  it('records an error that the handler notes, and shows it in the line', async () => {
    const failure = new TypeError('no such account');
    const test = await serve((_request, response) => {
      recordHttpError(response, failure);
      response.writeHead(500).end();
    });
    await send(test.port, {});
    const [span] = await test.ended(1);
    expect(span!.attributes['error.type']).toBe('TypeError');
    expect(span!.events[0]).toMatchObject({ name: 'exception' });
    expect(test.lines[0]!.fields.err).toBe(failure);
  });

  it('records what an async handler rejects with, and leaves the rejection to the host', async () => {
    const seen: unknown[] = [];
    const test = standIn();
    const handler = instrumentHandler(async () => {
      await Promise.resolve();
      throw new RangeError('late');
    }, test.telemetry);
    const server = createServer((request, response) => {
      handler(request, response).catch((error: unknown) => {
        seen.push(error);
        response.writeHead(500).end();
      });
    });
    const listening = await listen(server);
    closers.push(listening.close);
    await send(listening.port, {});
    const [span] = await test.ended(1);
    expect(seen).toEqual([new RangeError('late')]);
    expect(span!.attributes['error.type']).toBe('RangeError');
  });

  it('passes on what a handler throws', () => {
    const test = standIn();
    const handler = instrumentHandler(() => {
      throw new Error('now');
    }, test.telemetry);
    const listener = handler as unknown as RequestListener;
    const response = Object.assign(new Readable(), { write() {}, end() {} });
    expect(() => listener({ url: '/', headers: {}, method: 'GET' } as never, response as never)).toThrow(
      'now',
    );
  });

  it('takes a route that a router of one’s own tells', async () => {
    const test = await serve((_request, response) => {
      setHttpRoute(response, '/things/:id');
      response.end();
    });
    await send(test.port, { path: '/things/1' });
    const [span] = await test.ended(1);
    expect(span!.name).toBe('GET /things/:id');
    expect(span!.attributes['http.route']).toBe('/things/:id');
  });

  it('has no route and the label "unmatched" where nobody tells', async () => {
    const test = await serve((_request, response) => response.end());
    for (let i = 0; i < 20; i++) await send(test.port, { path: `/random/${i}` });
    const spans = await test.ended(20);
    expect(new Set(spans.map((span) => span.name))).toEqual(new Set(['GET']));
    expect([...test.series.keys()].filter((key) => key.startsWith('http_requests_total'))).toEqual([
      'http_requests_total{GET,unmatched,200}',
    ]);
  });

  it('leaves ignored requests alone, by path, prefix and function', async () => {
    const test = await serve((_request, response) => response.end(), {
      ignore: ['/healthz', '/internal/*', (request) => request.headers['x-probe'] === '1'],
    });
    await send(test.port, { path: '/healthz?full=1' });
    await send(test.port, { path: '/internal/metrics' });
    await send(test.port, { path: '/', headers: { 'x-probe': '1' } });
    await send(test.port, { path: '/healthz2' });
    const spans = await test.ended(1);
    expect(spans.map((span) => span.attributes['url.path'])).toEqual(['/healthz2']);
    expect(test.lines).toHaveLength(1);
    expect(test.sum('http_requests_in_flight{}')).toBe(0);
  });

  it('never lets a hook throw into the host', async () => {
    const test = await serve((_request, response) => response.end('ok'), {
      ignore: () => {
        throw new Error('ignore');
      },
      onRequest: () => {
        throw new Error('onRequest');
      },
      onResponse: () => {
        throw new Error('onResponse');
      },
      log: () => {
        throw new Error('log');
      },
      route: () => {
        throw new Error('route');
      },
    });
    expect((await send(test.port, {})).body).toBe('ok');
    await test.ended(1);
    expect(test.troubles.map((trouble) => trouble.code).sort()).toEqual([
      'hook_failed',
      'hook_failed',
      'hook_failed',
      'hook_failed',
      'log_failed',
    ]);
  });

  it('survives a tracer, a logger and metrics that throw', async () => {
    const test = standIn();
    const broken = () => {
      throw new Error('broken');
    };
    const logger = { trace: broken, debug: broken, info: broken, warn: broken, error: broken, fatal: broken };
    for (const telemetry of [
      { ...test.telemetry, tracer: { startSpan: broken, startActiveSpan: broken } as unknown as Tracer },
      { ...test.telemetry, logger },
      {
        ...test.telemetry,
        registry: {
          getOrCreate: () => ({ inc() {}, dec() {}, labels: () => ({ inc: broken }) }),
        } as unknown as Registry,
      },
      { ...test.telemetry, propagator: { inject: broken, extract: broken, fields: () => ['x'] } },
    ]) {
      const server = createServer(instrumentHandler((_q, response) => response.end('ok'), telemetry));
      const listening = await listen(server);
      closers.push(listening.close);
      expect((await send(listening.port, {})).body).toBe('ok');
    }
    await test.ended(3);
    expect(test.troubles.map((trouble) => trouble.code).sort()).toEqual([
      'extract_failed',
      'log_failed',
      'metrics_failed',
      'start_failed',
    ]);
  });

  it('uses any one signal alone', async () => {
    const test = standIn();
    const { tracer, logger, registry, contextManager } = test.telemetry;
    for (const telemetry of [{ tracer }, { logger, contextManager }, { registry }]) {
      const server = createServer(instrumentHandler((_q, response) => response.end('ok'), telemetry));
      const listening = await listen(server);
      closers.push(listening.close);
      await send(listening.port, {});
    }
    await test.ended(1);
    await until(() => test.sum('http_requests_total{GET,unmatched,200}') === 1);
    expect(test.spans()).toHaveLength(1);
    expect(test.lines).toHaveLength(1);
  });

  it('keeps the headers it is asked to keep', async () => {
    const test = await serve(
      (_request, response) => {
        response.setHeader('set-cookie', ['a=1', 'b=2']);
        response.setHeader('x-rate', 5);
        response.end();
      },
      { captureRequestHeaders: ['X-Tenant', 'x-none'], captureResponseHeaders: ['Set-Cookie', 'x-rate'] },
    );
    await send(test.port, { headers: { 'x-tenant': 'acme' } });
    const [span] = await test.ended(1);
    expect(span!.attributes).toMatchObject({
      'http.request.header.x-tenant': ['acme'],
      'http.response.header.set-cookie': ['a=1', 'b=2'],
      'http.response.header.x-rate': ['5'],
    });
    expect(span!.attributes).not.toHaveProperty('http.request.header.x-none');
  });

  it('believes proxies only when told to', async () => {
    const headers = {
      'x-forwarded-for': '203.0.113.9, 10.0.0.1',
      'x-forwarded-host': 'shop.example',
      'x-forwarded-proto': 'https',
    };
    const believing = await serve((_request, response) => response.end(), { trustProxy: true });
    await send(believing.port, { headers });
    await send(believing.port, {
      headers: { forwarded: 'for="[2001:db8::1]:4711";proto=https;host=shop.example:444, for=10.0.0.1' },
    });
    const [first, second] = await believing.ended(2);
    expect(first!.attributes).toMatchObject({
      'client.address': '203.0.113.9',
      'server.address': 'shop.example',
      'url.scheme': 'https',
    });
    expect(second!.attributes).toMatchObject({
      'client.address': '[2001:db8::1]',
      'server.address': 'shop.example',
      'server.port': 444,
      'url.scheme': 'https',
    });

    const wary = await serve((_request, response) => response.end());
    await send(wary.port, { headers });
    const [span] = await wary.ended(1);
    expect(span!.attributes).toMatchObject({ 'client.address': '127.0.0.1', 'url.scheme': 'http' });
  });
});

describe('sizes', () => {
  it('counts chunked bodies both ways', async () => {
    const test = await serve(async (request, response) => {
      for await (const chunk of request) response.write(chunk);
      response.end('€', 'utf8');
    });
    const body = Array.from({ length: 30 }, () => 'ä'.repeat(1000));
    await send(test.port, { method: 'POST' }, body);
    await test.ended(1);
    expect(test.sum('http_request_size_bytes{POST,unmatched,200}')).toBe(60_000);
    expect(test.sum('http_response_size_bytes{POST,unmatched,200}')).toBe(60_003);
  });

  it('takes the declared length of a request', async () => {
    const test = await serve((request, response) => {
      request.resume();
      request.on('end', () => response.end());
    });
    await send(test.port, { method: 'POST', headers: { 'content-length': '5' } }, 'hello');
    await test.ended(1);
    expect(test.sum('http_request_size_bytes{POST,unmatched,200}')).toBe(5);
  });

  it('does not make a request flow', async () => {
    let flowing: unknown = 'unset';
    const test = await serve((request, response) => {
      setImmediate(() => {
        flowing = request.readableFlowing;
        response.end();
      });
    });
    await send(test.port, { method: 'POST' }, ['a', 'b']);
    await test.ended(1);
    expect(flowing).toBeNull();
  });

  it.each(['write then end', 'stream', 'hex'])('counts a response by %s', async (way) => {
    const test = await serve(async (_request, response) => {
      if (way === 'stream') await pipeline(Readable.from(['abc', 'def']), response);
      else if (way === 'hex') response.end('616263646566', 'hex');
      else {
        response.write('abc');
        response.end(Buffer.from('def'));
      }
    });
    expect((await send(test.port, {})).body).toBe('abcdef');
    await test.ended(1);
    expect(test.sum('http_response_size_bytes{GET,unmatched,200}')).toBe(6);
  });

  it.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ])('counts no body for %s %i', async (method, status) => {
    const test = await serve((_request, response) => {
      response.writeHead(status);
      response.end('never sent');
    });
    await send(test.port, { method });
    await test.ended(1);
    expect(test.series.get(`http_response_size_bytes{${method},unmatched,${status}}`)).toEqual([0]);
  });
});

describe('a response that is broken off', () => {
  it('has status 499 when the client goes away before the head', async () => {
    const test = await serve(() => {});
    const request = httpRequest({ port: test.port, host: '127.0.0.1' });
    request.on('error', () => {});
    request.end();
    await until(() => test.sum('http_requests_in_flight{}') === 1);
    request.destroy();
    const [span] = await test.ended(1);
    expect(span!.status.code).toBe(SpanStatusCode.ERROR);
    expect(span!.attributes['error.type']).toBe('client_closed');
    expect(span!.attributes).not.toHaveProperty('http.response.status_code');
    expect(test.sum('http_requests_total{GET,unmatched,499}')).toBe(1);
    expect(test.sum('http_requests_in_flight{}')).toBe(0);
    expect(test.lines[0]).toMatchObject({ level: 'warn', fields: { status: 499 } });
  });

  it('has status 499 when the client goes away in the middle of a body, even one handed over whole', async () => {
    for (const whole of [true, false]) {
      const test = await serve((_request, response) => {
        if (whole) response.end(Buffer.alloc(60_000_000));
        else response.write(Buffer.alloc(60_000_000));
      });
      const request = httpRequest({ port: test.port, host: '127.0.0.1' }, (response) => {
        response.once('data', () => request.destroy());
        response.on('error', () => {});
      });
      request.on('error', () => {});
      request.end();
      const [span] = await test.ended(1);
      expect(span!.attributes['error.type']).toBe('client_closed');
      expect(span!.attributes['http.response.status_code']).toBe(200);
      expect(test.sum('http_requests_total{GET,unmatched,499}')).toBe(1);
    }
  });

  it('has status 500 when the server breaks it off', async () => {
    const test = await serve((_request, response) => {
      response.write('some');
      setImmediate(() => response.destroy(new RangeError('disk')));
    });
    await expect(send(test.port, {})).rejects.toThrow();
    const [span] = await test.ended(1);
    expect(span!.attributes['error.type']).toBe('RangeError');
    expect(test.sum('http_requests_total{GET,unmatched,500}')).toBe(1);
    expect(test.lines[0]!.level).toBe('error');
  });

  it.each([
    ['response', (response: ServerResponse) => response.destroy()],
    ['connection', (response: ServerResponse) => response.socket!.destroy()],
  ])('has status 500 when the server breaks off the %s without a word', async (_what, breakOff) => {
    const test = await serve((_request, response) => {
      response.write('some');
      setImmediate(() => breakOff(response));
    });
    await expect(send(test.port, {})).rejects.toThrow();
    const [span] = await test.ended(1);
    expect(span!.attributes['error.type']).toBe('500');
    expect(test.sum('http_requests_total{GET,unmatched,500}')).toBe(1);
  });

  it('has status 499 and the bytes that came when the client breaks off its upload', async () => {
    const test = await serve(async (request, response) => {
      try {
        for await (const _ of request);
      } catch (error) {
        recordHttpError(response, error);
        response.writeHead(400).end();
      }
    });
    const socket = connect(test.port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nfour');
    await until(() => test.sum('http_requests_in_flight{}') === 1);
    socket.end();
    const [span] = await test.ended(1);
    expect(span!.attributes['error.type']).toBe('client_closed');
    expect(test.series.get('http_request_size_bytes{POST,unmatched,499}')).toEqual([4]);
  });

  it('ends when the last byte is out, not when the head is', async () => {
    let finish = () => {};
    const test = await serve((_request, response) => {
      response.write('head');
      finish = () => response.end('tail');
    });
    const answer = send(test.port, {});
    await until(() => test.sum('http_requests_in_flight{}') === 1);
    expect(test.spans()).toHaveLength(0);
    finish();
    await answer;
    await test.ended(1);
  });
});

describe('connections', () => {
  it('keeps pipelined requests of one connection apart', async () => {
    const test = await serve((request, response) => {
      const wait = request.url === '/1' ? 20 : 0;
      setTimeout(() => response.end(request.url), wait);
    });
    const socket = connect(test.port, '127.0.0.1');
    const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
    socket.write(get('/1') + get('/2') + get('/3'));
    const spans = await test.ended(3);
    socket.destroy();
    expect(spans.map((span) => span.attributes['url.path']).sort()).toEqual(['/1', '/2', '/3']);
    expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(3);
    expect(test.sum('http_requests_total{GET,unmatched,200}')).toBe(3);
  });

  it('is not confused by early hints and continue', async () => {
    const test = await serve((_request, response) => {
      response.writeContinue();
      response.writeEarlyHints({ link: '</a.css>; rel=preload' });
      response.writeHead(201, { 'x-a': '1' });
      response.end('ok');
    });
    expect((await send(test.port, {})).status).toBe(201);
    const [span] = await test.ended(1);
    expect(span!.attributes['http.response.status_code']).toBe(201);
    expect(test.sum('http_response_size_bytes{GET,unmatched,201}')).toBe(2);
  });

  it('does not see upgrades as requests', async () => {
    const test = standIn();
    const server = instrumentServer(
      createServer((_request, response) => response.end()),
      test.telemetry,
    );
    server.on('upgrade', (_request, socket) => {
      socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n');
    });
    const listening = await listen(server);
    closers.push(listening.close);
    const request = httpRequest({
      port: listening.port,
      host: '127.0.0.1',
      headers: { connection: 'Upgrade', upgrade: 'x' },
    });
    await new Promise<void>((resolve) => request.on('upgrade', () => resolve()).end());
    await send(listening.port, {});
    expect(await test.ended(1)).toHaveLength(1);
    expect(test.sum('http_requests_in_flight{}')).toBe(0);
  });

  it.each([
    ['an absolute target', 'GET http://evil.example/a/b?x=1 HTTP/1.1\r\nHost: x\r\n\r\n', 'GET', '/a/b'],
    ['no Host', 'GET /a HTTP/1.0\r\n\r\n', 'GET', '/a'],
    [
      'a path that cannot be decoded',
      'GET /%ZZ/%E0%A4%A HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET',
      '/%ZZ/%E0%A4%A',
    ],
    ['a target that is a star', 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n', 'OPTIONS', '*'],
    ['a host that is none', 'GET / HTTP/1.1\r\nHost: [::1:99999]:x:y\r\n\r\n', 'GET', '/'],
    ['a method that nobody knows', 'PURGE /cache HTTP/1.1\r\nHost: x\r\n\r\n', 'HTTP', '/cache'],
  ])('takes %s', async (_what, text, name, path) => {
    const test = await serve((_request, response) => response.end());
    const socket = connect(test.port, '127.0.0.1');
    socket.write(text);
    const [span] = await test.ended(1);
    socket.destroy();
    expect(span!.name).toBe(name);
    expect(span!.attributes['url.path']).toBe(path);
    if (name === 'HTTP') {
      expect(span!.attributes).toMatchObject({
        'http.request.method': '_OTHER',
        'http.request.method_original': 'PURGE',
      });
      expect(test.sum('http_requests_total{_OTHER,unmatched,200}')).toBe(1);
    }
    expect(test.troubles).toEqual([]);
  });

  it('is not there when Node refuses a header of a megabyte', async () => {
    const test = await serve((_request, response) => response.end());
    const socket = connect(test.port, '127.0.0.1').on('error', () => {});
    const answer = new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
    socket.write(`GET / HTTP/1.1\r\nHost: x\r\ntraceparent: ${'0'.repeat(1_000_000)}\r\n\r\n`);
    expect(await answer).toContain('431');
    await send(test.port, {});
    expect(await test.ended(1)).toHaveLength(1);
  });
});

describe('context', () => {
  it('gives 200 parallel requests each its own span', async () => {
    const test = await serve(async (request, response) => {
      const before = test.currentSpanId();
      await new Promise((resolve) => setTimeout(resolve, (Number(request.url!.slice(1)) * 7) % 5));
      for await (const _chunk of request);
      await new Promise((resolve) => setImmediate(resolve));
      response.setHeader('x-before', before ?? '');
      response.end(test.currentSpanId());
    });
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) => send(test.port, { method: 'POST', path: `/${i}` }, ['a', 'b'])),
    );
    await test.ended(200);
    for (const answer of answers) expect(answer.headers['x-before']).toBe(answer.body);
    const ids = answers.map((answer) => answer.body);
    expect(new Set(ids).size).toBe(200);
    const spans = new Map(
      test.spans().map((span) => [span.attributes['url.path'], span.spanContext().spanId]),
    );
    ids.forEach((id, i) => {
      expect(spans.get(`/${i}`)).toBe(id);
    });
  });

  it('watches a request once when a server is wrapped twice', async () => {
    const test = standIn();
    const handler = instrumentHandler((_q, response) => response.end('ok'), test.telemetry);
    const server = instrumentServer(createServer(handler), test.telemetry);
    const listening = await listen(server);
    closers.push(listening.close);
    await send(listening.port, {});
    expect(await test.ended(1)).toHaveLength(1);
    expect(test.sum('http_requests_total{GET,unmatched,200}')).toBe(1);
  });
});

describe('wrong options', () => {
  const { telemetry } = standIn();
  it.each([
    [{ ignore: '/x' }, /ignore is "\/x"; accepted/],
    [{ ignore: [5] }, /ignore\[0\] is 5; accepted/],
    [{ log: 'yes' }, /log is "yes"; accepted/],
    [{ log: 5 }, /log is 5; accepted/],
    [{ trustProxy: 1 }, /trustProxy is 1; accepted/],
    [{ captureRequestHeaders: [''] }, /captureRequestHeaders\[0\] is ""; accepted/],
    [{ onRequest: 1 }, /onRequest is 1; accepted/],
    [{ rout: () => 'x' }, /unknown option "rout"/],
  ])('%j', (options, message) => {
    expect(() => instrumentHandler(() => {}, telemetry, options as never)).toThrow(message);
  });
  it('telemetry that is none', () => {
    expect(() => instrumentHandler(() => {}, undefined as never)).toThrow(/telemetry is undefined; accepted/);
    expect(() => instrumentHandler(() => {}, { tracer: {} } as never)).toThrow(/telemetry.tracer/);
    expect(() => instrumentServer({} as never, telemetry)).toThrow(/server/);
  });
});

describe('HTTP/2 by its compatible API', () => {
  it('is told of like HTTP/1', async () => {
    const test = standIn();
    const handler = instrumentHandler((request: IncomingMessage, response: ServerResponse) => {
      if (request.url === '/hang') {
        response.write('some');
        return;
      }
      request.resume();
      request.on('end', () => {
        response.write('abc');
        response.end('def');
      });
    }, test.telemetry);
    const server = createHttp2Server(handler as never);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    closers.push(
      () =>
        new Promise((resolve) => {
          session.destroy();
          server.close(() => resolve());
        }),
    );

    const post = session.request({ ':method': 'POST', ':path': '/a?b=1' });
    post.resume();
    post.end('hello');
    const [span] = await test.ended(1);
    expect(span!.attributes).toMatchObject({
      'http.request.method': 'POST',
      'url.path': '/a',
      'server.address': '127.0.0.1',
      'server.port': port,
      'network.protocol.version': '2',
      'http.response.status_code': 200,
    });
    expect(test.sum('http_request_size_bytes{POST,unmatched,200}')).toBe(5);
    expect(test.sum('http_response_size_bytes{POST,unmatched,200}')).toBe(6);

    const hanging = session.request({ ':path': '/hang' });
    hanging.on('error', () => {});
    hanging.once('data', () => hanging.close(8));
    const spans = await test.ended(2);
    expect(spans[1]!.attributes['error.type']).toBe('client_closed');
    expect(test.sum('http_requests_total{GET,unmatched,499}')).toBe(1);
    expect(test.troubles).toEqual([]);
  });
});

describe('the ids of a request', () => {
  const answer: RequestListener = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' }).end('hello');
  };

  it('stand in the response where they are asked for', async () => {
    const test = await serve(answer, { transactionId: true, traceResponse: true });
    const { headers } = await send(test.port, { path: '/' });
    const [span] = await test.ended(1);
    const { traceId, spanId, traceFlags } = span!.spanContext();
    expect(headers['x-transaction-id']).toBe(traceId);
    expect(headers.traceresponse).toBe(`00-${traceId}-${spanId}-0${traceFlags}`);
    expect(headers['content-type']).toBe('text/plain');
  });

  it('may have another header, and are not told otherwise', async () => {
    const named = await serve(answer, { transactionId: 'X-Request-Trace' });
    const { headers } = await send(named.port, { path: '/' });
    expect(headers['x-request-trace']).toMatch(/^[0-9a-f]{32}$/);
    expect(headers.traceresponse).toBeUndefined();
    const quiet = await serve(answer);
    expect(Object.keys((await send(quiet.port, { path: '/' })).headers)).not.toContain('x-transaction-id');
  });

  it('are refused a header that cannot be', () => {
    const { telemetry } = standIn();
    for (const transactionId of ['', 'a b', 'a\n', 7 as never]) {
      expect(() => instrumentHandler(answer, telemetry, { transactionId })).toThrow(/transactionId/);
    }
    expect(() => instrumentHandler(answer, telemetry, { traceResponse: 'yes' as never })).toThrow(
      /traceResponse/,
    );
  });
});
