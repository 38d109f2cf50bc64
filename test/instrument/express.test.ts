import { createServer } from 'node:http';
import { connect } from 'node:net';
import { SpanStatusCode } from '@opentelemetry/api';
import express5, { type ErrorRequestHandler, type Express } from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import { recordExpressErrors, telltaleExpress } from '../../src/instrument/express.js';
import { instrumentServer } from '../../src/instrument/http.js';
import type { HttpServerOptions } from '../../src/instrument/server/options.js';
import { listen, send, standIn, until } from './stand-in.js';

// Express 4 has the same shape where these tests touch it.
const express4 = (await import('express4' as string)).default as typeof express5;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Express before 5.3 did not keep the paths of mounts; without them the layers look as they did then. */
function forgetPaths(router: unknown): void {
  const { stack } = router as { stack?: { rawPath?: unknown; handle?: unknown }[] };
  for (const layer of stack ?? []) {
    delete layer.rawPath;
    forgetPaths(layer.handle);
  }
}

const versions = [
  { version: 'Express 4', express: express4, old: false },
  { version: 'Express 5', express: express5, old: false },
  { version: 'Express 5 before 5.3', express: express5, old: true },
];

describe.each(versions)('$version', ({ version, express, old }) => {
  async function serve(build: (app: Express) => void, options?: HttpServerOptions, app: Express = express()) {
    const test = standIn();
    app.set('env', 'test');
    app.use(telltaleExpress(test.telemetry, options));
    build(app);
    if (old) forgetPaths(app.router);
    const listening = await listen(createServer(app));
    closers.push(listening.close);
    return { ...test, ...listening };
  }

  it('tells the ids of a request in its response', async () => {
    const test = await serve(
      (app) => {
        app.get('/', (_request, response) => void response.json({ fine: true }));
      },
      { transactionId: 'X-Trace', traceResponse: true },
    );
    const { headers } = await send(test.port, { path: '/' });
    const { traceId, spanId } = (await test.ended(1))[0]!.spanContext();
    expect(headers['x-trace']).toBe(traceId);
    expect(headers.traceresponse).toBe(`00-${traceId}-${spanId}-01`);
  });

  it('tells of a path that cannot be decoded', async () => {
    const test = await serve((app) => {
      app.get('/users/:id', (_request, response) => void response.end());
    });
    const paths = ['/%E0%A4%A', '/users/%E0%A4%A'];
    const statuses: (number | undefined)[] = [];
    for (const path of paths) statuses.push((await send(test.port, { path })).status);
    expect(statuses).toEqual([404, 400]);
    const spans = await test.ended(2);
    expect(
      spans.map(({ name, attributes }) => [
        name,
        attributes['http.response.status_code'],
        attributes['url.path'],
      ]),
    ).toEqual(paths.map((path, index) => ['GET', statuses[index], path]));
  });

  /** The names of the spans of these requests, one after the other. */
  async function names(build: (app: Express) => void, ...paths: string[]): Promise<string[]> {
    const test = await serve(build);
    const found: string[] = [];
    for (const [index, path] of paths.entries()) {
      const [method, target] = path.includes(' ') ? path.split(' ') : ['GET', path];
      await send(test.port, { method: method!, path: target! });
      const span = (await test.ended(index + 1))[index]!;
      const { 'http.route': route } = span.attributes;
      expect(span.name).toBe(route === undefined ? method : `${method} ${route}`);
      found.push(String(route));
    }
    expect(test.troubles).toEqual([]);
    return found;
  }

  it('names spans, lines and metrics by the route', async () => {
    const test = await serve((app) => {
      app.get('/users/:id', (request, response) => {
        response.json({ id: request.params.id, route: request.route.path });
      });
    });
    const answer = await send(test.port, { path: '/users/7?x=1' });
    expect(JSON.parse(answer.body)).toEqual({ id: '7', route: '/users/:id' });
    const [span] = await test.ended(1);
    expect(span!.name).toBe('GET /users/:id');
    expect(span!.attributes).toMatchObject({
      'http.route': '/users/:id',
      'url.path': '/users/7',
      'url.query': 'x=1',
    });
    expect(test.lines[0]!.message).toMatch(/^GET \/users\/:id 200 /);
    expect(test.sum('http_requests_total{GET,/users/:id,200}')).toBe(1);
    expect(test.sum('http_response_size_bytes{GET,/users/:id,200}')).toBe(Buffer.byteLength(answer.body));
  });

  it('joins the paths of nested routers, with their parameters', async () => {
    const build = (app: Express) => {
      const books = express.Router({ mergeParams: true });
      books.use((_request, _response, next) => next());
      books.get('/', (_request, response) => void response.end());
      books.get('/:bookId', (_request, response) => void setImmediate(() => response.end()));
      const users = express.Router();
      users.use((_request, _response, next) => next());
      users.get('/:userId', (_request, response) => void response.end());
      users.use('/:userId/books', books);
      app.use('/api', (_request, _response, next) => next());
      app.use('/api/v1/orgs/:org/users', users);
      app.use('/plain/', users);
    };
    expect(
      await names(
        build,
        '/api/v1/orgs/acme/users/1',
        '/api/v1/orgs/acme/users/2/books/3',
        '/api/v1/orgs/users/users/4/books',
        '/api/v1/orgs/a%20b/users/5/books/',
        '/plain/6/books/7',
        '/api/v1/orgs/orgs/users/orgs/books/8',
      ),
    ).toEqual([
      '/api/v1/orgs/:org/users/:userId',
      '/api/v1/orgs/:org/users/:userId/books/:bookId',
      '/api/v1/orgs/:org/users/:userId/books',
      '/api/v1/orgs/:org/users/:userId/books',
      '/plain/:userId/books/:bookId',
      '/api/v1/orgs/:org/users/:userId/books/:bookId',
    ]);
  });

  it('learns a mount right even when its parameter first looks like a fixed part', async () => {
    const build = (app: Express) => {
      const router = express.Router();
      router.get('/x', (_request, response) => void response.end());
      app.use('/orgs/:org/v:version', router);
    };
    expect(await names(build, '/orgs/orgs/v1/x', '/orgs/7/v7/x', '/ORGS/z/V2/x')).toEqual(
      Array(3).fill('/orgs/:org/v:version/x'),
    );
  });

  it('follows apps mounted on apps, and in routers', async () => {
    const build = (app: Express) => {
      const inner = express();
      inner.get('/:item', (_request, response) => void response.end());
      const admin = express();
      admin.use('/items', inner);
      admin.get('/', (_request, response) => void response.end());
      app.use(['/admin/:tenant', '/root'], admin);

      const loose = express();
      loose.get('/deep/:x', (_request, response) => void response.end());
      const router = express.Router();
      router.use('/loose/:y', loose);
      app.use('/in', router);
    };
    expect(
      await names(build, '/admin/acme/items/9', '/admin/acme', '/root/items/8', '/in/loose/1/deep/2'),
    ).toEqual(['/admin/:tenant/items/:item', '/admin/:tenant', '/root/items/:item', '/in/loose/:y/deep/:x']);
  });

  it('knows a route by any of its paths, by pattern, and by route()', async () => {
    const build = (app: Express) => {
      app.get(['/a', '/b/:id', /^\/c\d+$/], (_request, response) => void response.end());
      app.get(/^\/files\/(.+)$/, (_request, response) => void response.end());
      app
        .route('/things/:id')
        .get((_request, response) => void response.end())
        .post((_request, response) => void response.end());
    };
    expect(
      await names(build, '/a', '/b/1', '/c5', '/files/x/y', '/things/1', 'POST /things/1', 'HEAD /things/1'),
    ).toEqual([
      '/a',
      '/b/:id',
      '/^\\/c\\d+$/',
      '/^\\/files\\/(.+)$/',
      '/things/:id',
      '/things/:id',
      '/things/:id',
    ]);
  });

  it('does not let a mount by pattern make routes without bound', async () => {
    const build = (app: Express) => {
      const router = express.Router();
      router.get('/x', (_request, response) => void response.end());
      app.use(/^\/v\d+/, router);
    };
    const found = await names(build, ...Array.from({ length: 10 }, (_, i) => `/v${i + 10}/x`));
    expect(new Set(found).size).toBe(1);
    expect(found[0]).not.toContain('12');
  });

  it('sees the end of a router that hides in a function', async () => {
    const build = (app: Express) => {
      const hidden = express.Router();
      hidden.get('/x/:id', (_request, response) => void response.end());
      app.use('/lazy/:who', (request, response, next) => hidden(request, response, next));
    };
    expect(await names(build, '/lazy/me/x/1', '/lazy/you/x/2')).toEqual(Array(2).fill('/lazy/:who/x/:id'));
  });

  it('is not misled by middleware, or by reusable routers in front of a handler', async () => {
    const build = (app: Express) => {
      app.all(version === 'Express 4' ? '*' : '/{*any}', (_request, _response, next) => next());
      const guard = express.Router().use((_request, _response, next) => next());
      const account = express.Router();
      account.post('/account/get', guard, (_request, response) => void response.end());
      app.use('/api', guard, account);
    };
    expect(await names(build, 'POST /api/account/get')).toEqual(['/api/account/get']);
  });

  it('takes the last route when handlers pass a request on', async () => {
    const build = (app: Express) => {
      app.get('/users/me', (_request, _response, next) => next('route'));
      app.get('/users/:id', (_request, response) => void response.end());
    };
    expect(await names(build, '/users/me')).toEqual(['/users/:id']);
  });

  it('has no route where nothing matched or everybody passed the request on', async () => {
    const build = (app: Express) => {
      const router = express.Router();
      router.get('/x', (_request, _response, next) => next());
      app.use('/api', router);
      app.post('/only-post', (_request, response) => void response.end());
      app.use('/static', (_request, response) => void response.end('file'));
    };
    expect(await names(build, '/nope/1', '/api/x', '/api/y', '/only-post', '/static/a.css')).toEqual(
      Array(5).fill('undefined'),
    );
  });

  it('keeps the metrics of requests without a route together', async () => {
    const test = await serve(() => {});
    for (let i = 0; i < 10; i++) await send(test.port, { path: `/random/${i}` });
    await test.ended(10);
    const keys = [...test.series.keys()].filter((key) => key.startsWith('http_requests_total'));
    expect(keys).toEqual(['http_requests_total{GET,unmatched,404}']);
  });

  it('takes a path that cannot be decoded', async () => {
    const test = await serve((app) => {
      app.get('/users/:id', (_request, response) => void response.end());
    });
    expect((await send(test.port, { path: '/users/%ZZ' })).status).toBe(400);
    const [span] = await test.ended(1);
    expect(span!.attributes['http.response.status_code']).toBe(400);
    expect(span!.name).toBe('GET');
  });

  it.each(['throws', 'rejects', 'calls next'])('keeps route and error of a handler that %s', async (way) => {
    const failure = new RangeError('no stock');
    const test = await serve((app) => {
      const router = express.Router();
      router.get('/orders/:id', (_request, _response, next) => {
        if (way === 'throws') throw failure;
        // Express 4 does not look at promises.
        if (way === 'rejects' && version !== 'Express 4') return Promise.reject(failure) as never;
        next(failure);
      });
      app.use('/shop/:name', router);
      app.use(recordExpressErrors);
    });
    expect((await send(test.port, { path: '/shop/a/orders/1' })).status).toBe(500);
    const [span] = await test.ended(1);
    expect(span!.name).toBe('GET /shop/:name/orders/:id');
    expect(span!.status.code).toBe(SpanStatusCode.ERROR);
    expect(span!.attributes['error.type']).toBe('RangeError');
    expect(span!.events[0]!.attributes).toMatchObject({ 'exception.message': 'no stock' });
    expect(test.lines[0]).toMatchObject({ level: 'error', fields: { err: failure, status: 500 } });
  });

  it('leaves errors to the error handlers that follow', async () => {
    const test = await serve((app) => {
      app.get('/users/:id', (_request, _response, next) => {
        next(Object.assign(new Error('no such user'), { status: 404 }));
      });
      app.use(recordExpressErrors);
    });
    expect((await send(test.port, { path: '/users/1' })).status).toBe(404);
    const [span] = await test.ended(1);
    expect(span!.name).toBe('GET /users/:id');
    expect(span!.status.code).toBe(SpanStatusCode.UNSET);
    expect(span!.events).toEqual([]);
  });

  it('counts a streamed body, and 499 for a client that leaves in the middle', async () => {
    const test = await serve((app) => {
      app.post('/upload', (request, response) => {
        request.pipe(response);
      });
      app.get('/stream', (_request, response) => {
        response.write('begin');
      });
    });
    await send(test.port, { method: 'POST', path: '/upload' }, ['abc', 'de']);
    await test.ended(1);
    expect(test.sum('http_request_size_bytes{POST,/upload,200}')).toBe(5);
    expect(test.sum('http_response_size_bytes{POST,/upload,200}')).toBe(5);

    const { request } = await import('node:http');
    const leaving = request({ port: test.port, host: '127.0.0.1', path: '/stream' }, (response) => {
      response.on('error', () => {});
      response.once('data', () => leaving.destroy());
    });
    leaving.on('error', () => {});
    leaving.end();
    const spans = await test.ended(2);
    expect(spans[1]!.attributes['error.type']).toBe('client_closed');
    expect(test.sum('http_requests_total{GET,/stream,499}')).toBe(1);
  });

  it('counts 499 for an upload that the client breaks off, whatever the body parser makes of it', async () => {
    const test = await serve((app) => {
      app.post('/body', express.json(), (_request, response) => void response.send('done'));
      app.use(recordExpressErrors);
      app.use(((_error, _request, response, _next) => {
        response.status(400).send('broken');
      }) satisfies ErrorRequestHandler);
    });
    const socket = connect(test.port, '127.0.0.1');
    socket.write(
      'POST /body HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"a"',
    );
    await until(() => test.sum('http_requests_in_flight{}') === 1);
    socket.destroy();
    await test.ended(1);
    expect([...test.series.keys()].filter((key) => key.startsWith('http_requests_total'))).toEqual([
      expect.stringMatching(/^http_requests_total\{POST,.*,499\}$/),
    ]);
  });

  it('keeps the span current through body parsers and awaits, for 100 requests at once', async () => {
    const test = await serve((app) => {
      app.use(express.json());
      app.post('/echo/:id', async (request, response) => {
        await new Promise((resolve) => setTimeout(resolve, (Number(request.params.id) * 7) % 5));
        response.json({ id: request.params.id, span: test.currentSpanId(), body: request.body });
      });
    });
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        send(
          test.port,
          { method: 'POST', path: `/echo/${i}`, headers: { 'content-type': 'application/json' } },
          JSON.stringify({ i }),
        ),
      ),
    );
    const spans = await test.ended(100);
    const ids = new Map(spans.map((span) => [span.attributes['url.path'], span.spanContext().spanId]));
    for (const answer of answers) {
      const { id, span, body } = JSON.parse(answer.body);
      expect(span).toBe(ids.get(`/echo/${id}`));
      expect(body).toEqual({ i: Number(id) });
    }
  });

  it('adds the route to what instrumentServer sees, and does not watch twice', async () => {
    const test = standIn();
    const app = express();
    app.use(telltaleExpress(test.telemetry));
    app.get('/users/:id', (_request, response) => void response.end());
    const listening = await listen(instrumentServer(createServer(app), test.telemetry));
    closers.push(listening.close);
    await send(listening.port, { path: '/users/1' });
    const spans = await test.ended(1);
    expect(spans.map((span) => span.name)).toEqual(['GET /users/:id']);
    expect(test.sum('http_requests_total{GET,/users/:id,200}')).toBe(1);
  });

  it('ignores what it is told to', async () => {
    const test = await serve(
      (app) => {
        app.get('/healthz', (request, response) => void response.json({ route: request.route.path }));
      },
      { ignore: ['/healthz'] },
    );
    expect((await send(test.port, { path: '/healthz' })).body).toBe('{"route":"/healthz"}');
    await send(test.port, { path: '/other' });
    await until(() => test.lines.length === 1);
    expect(test.spans()).toHaveLength(1);
  });

  it('fits the types of Express', () => {
    const app: Express = express();
    app.use(telltaleExpress(standIn().telemetry));
    app.use('/some', telltaleExpress(standIn().telemetry, { log: false }));
    app.use(recordExpressErrors);
    // @ts-expect-error an option that does not exist
    expect(() => telltaleExpress(standIn().telemetry, { logs: false })).toThrow(/unknown option "logs"/);
  });
});
