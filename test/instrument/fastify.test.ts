import { request as httpRequest } from 'node:http';
import { Readable } from 'node:stream';
import { SpanStatusCode } from '@opentelemetry/api';
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { requestSpan, type TelltaleFastifyOptions, telltaleFastify } from '../../src/instrument/fastify.js';
import { instrumentServer } from '../../src/instrument/http.js';
import { send, standIn, until } from './stand-in.js';

const apps: FastifyInstance[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) {
    app.server.closeAllConnections();
    await app.close();
  }
});

async function serve(
  build: (app: FastifyInstance) => void,
  options?: Omit<TelltaleFastifyOptions, 'telemetry'>,
  app: FastifyInstance = Fastify(),
) {
  const test = standIn();
  apps.push(app);
  await app.register(telltaleFastify, { telemetry: test.telemetry, ...options });
  build(app);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as { port: number };
  return { ...test, app, port };
}

describe('Fastify', () => {
  it('tells the ids of a request in its response, beside the headers of the route', async () => {
    const test = await serve(
      (app) => {
        app.get('/', async (_request, reply) => reply.header('x-own', '1').send({ fine: true }));
      },
      { transactionId: true, traceResponse: true },
    );
    for (const path of ['/', '/missing']) {
      const { headers } = await send(test.port, { path });
      const span = (await test.ended(path === '/' ? 1 : 2)).at(-1)!;
      const { traceId, spanId } = span.spanContext();
      expect(headers['x-transaction-id']).toBe(traceId);
      expect(headers.traceresponse).toBe(`00-${traceId}-${spanId}-01`);
      expect(headers['x-own']).toBe(path === '/' ? '1' : undefined);
    }
  });

  it.each([
    ['by Fastify', Fastify(), 400],
    [
      'by frameworkErrors, later',
      Fastify({
        frameworkErrors: (_error, _request, reply) => {
          setImmediate(() => void (reply as FastifyReply).code(418).send('mine'));
        },
      }),
      418,
    ],
    [
      'by onBadUrl',
      Fastify({
        routerOptions: { onBadUrl: (_path, _request, response) => void response.writeHead(404).end('none') },
      }),
      404,
    ],
  ])('tells of a path that cannot be decoded, which is answered %s', async (_, app, status) => {
    const test = await serve((app) => app.get('/a/:id', async () => 'x'), { transactionId: true }, app);
    for (const path of ['/%E0%A4%A?x=%2', '/a/%ff']) {
      const answer = await send(test.port, { path });
      expect(answer.status).toBe(status);
      expect(answer.headers['x-transaction-id']).toMatch(/^[0-9a-f]{32}$/);
    }
    expect((await send(test.port, { path: '/a/%C3%A9?x=%2' })).status).toBe(200);
    const spans = await test.ended(3);
    expect(spans.map(({ name }) => name)).toEqual(['GET', 'GET', 'GET /a/:id']);
    expect(spans[0]!.attributes).toMatchObject({
      'http.response.status_code': status,
      'url.path': '/%E0%A4%A',
    });
  });

  it('names spans, lines and metrics by the route, from the start on', async () => {
    let nameAtStart: unknown;
    const test = await serve(
      (app) => {
        app.get('/users/:id', async (request) => ({ id: (request.params as { id: string }).id }));
      },
      {
        onRequest: (span) => {
          nameAtStart = (span as unknown as { name: string }).name;
        },
      },
    );
    const answer = await send(test.port, { path: '/users/7?x=1' });
    expect(answer.body).toBe('{"id":"7"}');
    const [span] = await test.ended(1);
    expect(nameAtStart).toBe('GET /users/:id');
    expect(span!.name).toBe('GET /users/:id');
    expect(span!.attributes).toMatchObject({
      'http.route': '/users/:id',
      'url.path': '/users/7',
      'url.query': 'x=1',
      'http.response.status_code': 200,
    });
    expect(test.lines[0]!.message).toMatch(/^GET \/users\/:id 200 /);
    expect(test.lines[0]!.spanId).toBe(span!.spanContext().spanId);
    expect(test.sum('http_requests_total{GET,/users/:id,200}')).toBe(1);
    expect(test.sum('http_response_size_bytes{GET,/users/:id,200}')).toBe(10);
    expect(test.sum('http_requests_in_flight{}')).toBe(0);
    expect(test.troubles).toEqual([]);
  });

  it('covers plugins with prefixes, and their own hooks see the span', async () => {
    let seen: unknown;
    const test = await serve((app) => {
      app.register(
        async (child) => {
          child.addHook('onRequest', async () => {
            seen = test.currentSpanId();
          });
          child.get('/things/:id/*', async () => 'ok');
        },
        { prefix: '/v1/:tenant' },
      );
    });
    await send(test.port, { path: '/v1/acme/things/4/deep/er' });
    const [span] = await test.ended(1);
    expect(span!.name).toBe('GET /v1/:tenant/things/:id/*');
    expect(seen).toBe(span!.spanContext().spanId);
  });

  it('has no route for what is not found, whoever answers', async () => {
    const test = await serve((app) => {
      app.register(
        async (child) => {
          child.setNotFoundHandler((_request, reply) => reply.code(404).send('nothing here'));
        },
        { prefix: '/custom' },
      );
    });
    await send(test.port, { path: '/random/1' });
    await send(test.port, { path: '/custom/2' });
    await send(test.port, { path: '/random/%ZZ' });
    const spans = await test.ended(2);
    for (const span of spans) {
      expect(span.name).toBe('GET');
      expect(span.attributes).not.toHaveProperty('http.route');
      expect(span.status.code).toBe(SpanStatusCode.UNSET);
    }
    expect([...test.series.keys()].filter((key) => key.startsWith('http_requests_total'))).not.toContainEqual(
      expect.stringContaining('random'),
    );
  });

  it.each(['throws', 'rejects'])('records what a handler that %s threw', async (way) => {
    const failure = new RangeError('no stock');
    const test = await serve((app) => {
      app.get('/orders/:id', way === 'throws' ? thrower : async () => thrower());
      function thrower(): never {
        throw failure;
      }
    });
    expect((await send(test.port, { path: '/orders/1' })).status).toBe(500);
    const [span] = await test.ended(1);
    expect(span!.status.code).toBe(SpanStatusCode.ERROR);
    expect(span!.attributes['error.type']).toBe('RangeError');
    expect(span!.events[0]!.attributes).toMatchObject({ 'exception.message': 'no stock' });
    expect(test.lines[0]).toMatchObject({ level: 'error', fields: { err: failure } });
  });

  it('does not make an error of a request that was refused', async () => {
    const test = await serve((app) => {
      app.post('/strict', { schema: { body: { type: 'object', required: ['a'] } } }, async () => 'ok');
    });
    await send(
      test.port,
      { method: 'POST', path: '/strict', headers: { 'content-type': 'application/json' } },
      '{}',
    );
    const [span] = await test.ended(1);
    expect(span!.attributes['http.response.status_code']).toBe(400);
    expect(span!.status.code).toBe(SpanStatusCode.UNSET);
    expect(span!.events).toEqual([]);
    expect(test.lines[0]!.level).toBe('warn');
  });

  it('keeps the span current through parsed bodies, for 200 requests at once', async () => {
    const test = await serve((app) => {
      app.post<{ Params: { id: string } }>('/echo/:id', async (request) => {
        const before = test.currentSpanId();
        const { id } = request.params;
        await new Promise((resolve) => setTimeout(resolve, (Number(id) * 7) % 5));
        return { id, before, after: test.currentSpanId(), own: requestSpan(request)?.spanContext().spanId };
      });
    });
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        send(
          test.port,
          { method: 'POST', path: `/echo/${i}`, headers: { 'content-type': 'application/json' } },
          ['{"i":', `${i}}`],
        ),
      ),
    );
    const spans = await test.ended(200);
    const ids = new Map(spans.map((span) => [span.attributes['url.path'], span.spanContext().spanId]));
    for (const answer of answers) {
      const { id, before, after, own } = JSON.parse(answer.body);
      expect([before, after, own]).toEqual(Array(3).fill(ids.get(`/echo/${id}`)));
    }
  });

  it('counts streams both ways, HEAD and empty answers', async () => {
    const test = await serve((app) => {
      app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
      app.post('/stream', async (request, reply) => reply.send(request.body as Readable));
      app.get('/made', async (_request, reply) => reply.send(Readable.from(['abc', 'def'])));
      app.get('/none', async (_request, reply) => reply.code(204).send());
    });
    const headers = { 'content-type': 'application/octet-stream' };
    await send(test.port, { method: 'POST', path: '/stream', headers }, ['abc', 'de']);
    await send(test.port, { path: '/made' });
    await send(test.port, { path: '/none' });
    await send(test.port, { method: 'HEAD', path: '/made' });
    await test.ended(4);
    expect(test.sum('http_request_size_bytes{POST,/stream,200}')).toBe(5);
    expect(test.sum('http_response_size_bytes{POST,/stream,200}')).toBe(5);
    expect(test.sum('http_response_size_bytes{GET,/made,200}')).toBe(6);
    expect(test.sum('http_response_size_bytes{GET,/none,204}')).toBe(0);
    expect(test.sum('http_response_size_bytes{HEAD,/made,200}')).toBe(0);
  });

  it('tells of a client that leaves, and of a stream that breaks', async () => {
    const test = await serve((app) => {
      app.get('/hang/:id', () => new Promise(() => {}));
      app.get('/broken', async (_request, reply) => {
        const source = new Readable({ read() {} });
        source.push('some');
        setImmediate(() => source.destroy(new RangeError('disk')));
        return reply.send(source);
      });
    });
    const leaving = httpRequest({ port: test.port, host: '127.0.0.1', path: '/hang/1' });
    leaving.on('error', () => {});
    leaving.end();
    await until(() => test.sum('http_requests_in_flight{}') === 1);
    leaving.destroy();
    const [left] = await test.ended(1);
    expect(left!.attributes['error.type']).toBe('client_closed');
    expect(test.sum('http_requests_total{GET,/hang/:id,499}')).toBe(1);

    await expect(send(test.port, { path: '/broken' })).rejects.toThrow();
    const [, broken] = await test.ended(2);
    expect(broken!.status.code).toBe(SpanStatusCode.ERROR);
    expect(broken!.attributes['error.type']).toBe('500');
    expect(test.sum('http_requests_total{GET,/broken,500}')).toBe(1);
    expect(test.sum('http_requests_in_flight{}')).toBe(0);
  });

  it('continues the trace of its caller', async () => {
    const test = await serve((app) => {
      app.get('/', async () => 'ok');
    });
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    await send(test.port, { headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` } });
    const [span] = await test.ended(1);
    expect(span!.spanContext().traceId).toBe(traceId);
    expect(span!.parentSpanContext).toMatchObject({ spanId: 'b7ad6b7169203331', isRemote: true });
  });

  it('ignores what it is told to', async () => {
    const test = await serve(
      (app) => {
        app.get('/healthz', async (request) => ({ span: requestSpan(request) ?? null }));
        app.get('/', async () => 'ok');
      },
      { ignore: ['/healthz'] },
    );
    expect((await send(test.port, { path: '/healthz' })).body).toBe('{"span":null}');
    await send(test.port, {});
    expect(await test.ended(1)).toHaveLength(1);
    expect(test.lines).toHaveLength(1);
  });

  it('adds the route to what instrumentServer sees', async () => {
    const outer = standIn();
    const test = await serve((app) => {
      instrumentServer(app.server, outer.telemetry);
      app.get('/users/:id', async () => 'ok');
    });
    await send(test.port, { path: '/users/1' });
    const [span] = await outer.ended(1);
    expect(span!.name).toBe('GET /users/:id');
    expect(test.spans()).toHaveLength(0);
  });

  it('rejects wrong options when it is registered', async () => {
    const { telemetry } = standIn();
    const tries = [
      [undefined, /telemetry is undefined; accepted/],
      [{ telemetry, log: 1 }, /log is 1; accepted/],
      [{ telemetry, ignored: [] }, /unknown option "ignored"; accepted: .*ignore/],
    ] as const;
    for (const [options, message] of tries) {
      const app = Fastify();
      apps.push(app);
      await expect(app.register(telltaleFastify, options as never).ready()).rejects.toThrow(message);
    }
  });

  it('fits the types of Fastify', () => {
    const app = Fastify();
    apps.push(app);
    const { telemetry } = standIn();
    // @ts-expect-error telemetry is missing
    app.register(telltaleFastify, {});
    app.register(telltaleFastify, {
      telemetry,
      log: (status) => (status > 500 ? 'error' : 'debug'),
    });
    // @ts-expect-error an option that does not exist
    app.register(telltaleFastify, { telemetry, logs: false });
    app.ready().then(undefined, () => {});
    expect(app).toBeDefined();
  });
});
