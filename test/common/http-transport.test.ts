import { spawn } from 'node:child_process';
import { createServer as createSecureServer } from 'node:https';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RetryableExportError } from '../../src/common/export.js';
import { HttpError, retryAfter } from '../../src/common/http-answer.js';
import { HttpTransport, type HttpTransportOptions } from '../../src/common/http-transport.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { TestServer } from './http-server.js';
import { testCertificate, testKey } from './tls-certificate.js';

let server: TestServer;
const transports: HttpTransport[] = [];

beforeEach(async () => {
  server = await TestServer.start();
});

afterEach(async () => {
  for (const transport of transports.splice(0)) transport.close();
  await server.stop();
});

function open(options: Partial<HttpTransportOptions> = {}): HttpTransport {
  const transport = new HttpTransport({ url: `${server.url}/in`, ...options });
  transports.push(transport);
  return transport;
}

const bytes = (text: string) => Buffer.from(text);

async function failure(promise: Promise<unknown>): Promise<RetryableExportError | HttpError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof RetryableExportError) && !(error instanceof HttpError))
    throw error ?? new Error('no failure');
  return error;
}

describe('HttpTransport', () => {
  it('posts the body with its headers, and gives the answer', async () => {
    server.answer = (response) => response.writeHead(202, { 'x-made-by': 'test' }).end('thanks');
    const transport = open({ headers: { 'X-Tenant': 'a', 'Content-Type': 'never/this' } });
    const answer = await transport.post(bytes('hello'), 'text/plain');
    expect(answer.status).toBe(202);
    expect(answer.headers['x-made-by']).toBe('test');
    expect(Buffer.from(answer.body).toString()).toBe('thanks');
    expect(server.received).toMatchObject([
      {
        method: 'POST',
        path: '/in',
        headers: {
          'x-tenant': 'a',
          'content-type': 'text/plain',
          'content-length': '5',
          'user-agent': 'telltale',
        },
      },
    ]);
    expect(server.received[0]!.body.toString()).toBe('hello');
  });

  it('keeps its connection', async () => {
    const transport = open();
    for (let i = 0; i < 5; i++) await transport.post(bytes('x'), 'text/plain');
    expect(server.connections).toBe(1);
  });

  it('takes a new connection when the kept one was closed meanwhile', async () => {
    const transport = open();
    await transport.post(bytes('1'), 'text/plain');
    server.answer = (response, request, nth) =>
      nth === 2 ? request.socket.resetAndDestroy() : response.end();
    await transport.post(bytes('2'), 'text/plain');
    expect(server.received.map(({ body }) => body.toString())).toEqual(['1', '2', '2']);
  });

  it('compresses what is worth it', async () => {
    const transport = open({ compression: 'gzip' });
    await transport.post(bytes('small'), 'text/plain');
    await transport.post(bytes('large'.repeat(1000)), 'text/plain');
    const [small, large] = server.received;
    expect(small!.headers['content-encoding']).toBeUndefined();
    expect(large!.headers['content-encoding']).toBe('gzip');
    expect(Number(large!.headers['content-length'])).toBeLessThan(200);
    expect(large!.body.toString()).toBe('large'.repeat(1000));
  });

  it('asks a function for headers each time', async () => {
    let token = 0;
    const transport = open({ headers: async () => ({ authorization: `Bearer ${++token}` }) });
    await transport.post(bytes('x'), 'text/plain');
    await transport.post(bytes('x'), 'text/plain');
    expect(server.received.map(({ headers }) => headers.authorization)).toEqual(['Bearer 1', 'Bearer 2']);
  });

  it('treats headers that cannot be made as worth another try', async () => {
    const transport = open({
      headers: () => {
        throw new Error('no token');
      },
    });
    expect(await failure(transport.post(bytes('x'), 'text/plain'))).toMatchObject({ retryable: true });
    expect(server.received).toHaveLength(0);
  });

  it.each([429, 502, 503, 504])('finds %i worth another try', async (status) => {
    server.answer = (response) => response.writeHead(status, { 'retry-after': '7' }).end('busy, sorry');
    const error = await failure(open().post(bytes('x'), 'text/plain'));
    expect(error).toMatchObject({ retryable: true, retryAfter: 7000 });
    expect(error.message).toBe(`${server.url}/in answered ${status}: busy, sorry`);
  });

  it.each([400, 401, 403, 404, 408, 413, 500, 501])('finds %i final', async (status) => {
    server.answer = (response) => response.writeHead(status, { 'retry-after': '7' }).end();
    const error = await failure(open().post(bytes('x'), 'text/plain'));
    expect(error).toBeInstanceOf(HttpError);
    expect(error).toMatchObject({ status });
    expect(error).not.toHaveProperty('retryable');
  });

  it.each([301, 302, 307, 308])('does not follow a %i', async (status) => {
    const other = await TestServer.start();
    server.answer = (response) => response.writeHead(status, { location: `${other.url}/elsewhere` }).end();
    const error = await failure(
      open({ headers: { authorization: 'secret' } }).post(bytes('x'), 'text/plain'),
    );
    expect(error).toMatchObject({ status });
    expect(error.message).toContain('redirects are not followed');
    expect(other.received).toHaveLength(0);
    await other.stop();
  });

  it('finds resets and refused connections worth another try', async () => {
    server.answer = (_response, request) => request.socket.resetAndDestroy();
    expect(await failure(open().post(bytes('x'), 'text/plain'))).toMatchObject({ retryable: true });
    const transport = open();
    transport.close();
    await server.stop();
    const error = await failure(transport.post(bytes('x'), 'text/plain'));
    expect(error).toMatchObject({ retryable: true });
    expect(error.message).toContain('ECONNREFUSED');
    server = await TestServer.start();
  });

  it('finds an answer that is no HTTP, or breaks off, worth another try', async () => {
    server.answer = (_response, request) => request.socket.end('rubbish\r\n\r\n');
    expect(await failure(open().post(bytes('x'), 'text/plain'))).toMatchObject({ retryable: true });
    server.answer = (response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half of it');
      setImmediate(() => response.destroy());
    };
    expect(await failure(open().post(bytes('x'), 'text/plain'))).toMatchObject({ retryable: true });
  });

  it('gives up on a server that hangs, before or in the middle of its answer', async () => {
    for (const begin of [false, true]) {
      const clock = new FakeClock();
      let asked = () => {};
      const arrived = new Promise<void>((resolve) => {
        asked = resolve;
      });
      server.answer = (response) => {
        if (begin) response.writeHead(200).write('…');
        asked();
      };
      const sent = failure(open({ clock, timeout: 5000 }).post(bytes('x'), 'text/plain'));
      await arrived;
      await clock.advance(5000);
      const error = await sent;
      expect(error).toMatchObject({ retryable: true });
      expect(error.message).toContain('no answer within 5000 ms');
      expect(clock.pending).toBe(0);
    }
  });

  it('stops when its signal says so, before and after the start', async () => {
    const transport = open();
    expect(await failure(transport.post(bytes('x'), 'text/plain', AbortSignal.abort()))).toMatchObject({
      retryable: true,
    });
    expect(server.received).toHaveLength(0);
    const controller = new AbortController();
    server.answer = () => controller.abort();
    await failure(transport.post(bytes('x'), 'text/plain', controller.signal));
    expect(server.received).toHaveLength(1);
  });

  it('reads no more of an answer than it must', async () => {
    server.answer = (response) => response.end(Buffer.alloc(5_000_000, 'a'));
    const answer = await open().post(bytes('x'), 'text/plain');
    expect(answer.body).toHaveLength(65_536);
  });

  it('keeps the process alive by no connection of its own', async () => {
    const script = `
      import { HttpTransport } from ${JSON.stringify(join(import.meta.dirname, '../../src/common/http-transport.ts'))};
      await new HttpTransport({ url: ${JSON.stringify(`${server.url}/in`)} }).post(Buffer.from('x'), 'text/plain');
      const posted = performance.now();
      process.on('exit', () => console.log('posted', performance.now() - posted < 30_000));`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    // The server would keep the connection for a minute.
    expect({ code, out }).toEqual({ code: 0, out: 'posted true\n' });
  });

  it('speaks TLS with a certificate authority of its own, and refuses strangers', async () => {
    const secure = await TestServer.start((listener) =>
      createSecureServer({ key: testKey, cert: testCertificate }, listener),
    );
    const url = `https://127.0.0.1:${secure.port}/in`;
    expect((await open({ url, tls: { ca: testCertificate } }).post(bytes('x'), 'text/plain')).status).toBe(
      200,
    );
    const error = await failure(open({ url }).post(bytes('x'), 'text/plain'));
    expect(error.message).toMatch(/self-signed|certificate/);
    await secure.stop();
  });

  it('uses another method, and sends what the protocol fixes whatever headers say', async () => {
    const transport = open({
      method: 'DELETE',
      headers: { 'X-Version': '9', 'x-own': 'kept' },
      fixedHeaders: { 'x-version': '1' },
    });
    await transport.post(bytes(''), 'text/plain');
    expect(server.received[0]).toMatchObject({
      method: 'DELETE',
      headers: { 'x-version': '1', 'x-own': 'kept' },
    });
  });

  it('takes every 5xx for worth another try where it is told to', async () => {
    server.answer = (response) => response.writeHead(500).end();
    expect(await failure(open().post(bytes('a'), 'text/plain'))).toBeInstanceOf(HttpError);
    const patient = open({ retryAll5xx: true });
    expect(await failure(patient.post(bytes('a'), 'text/plain'))).toBeInstanceOf(RetryableExportError);
    server.answer = (response) => response.writeHead(400).end();
    expect(await failure(patient.post(bytes('a'), 'text/plain'))).toBeInstanceOf(HttpError);
  });

  it('names wrong options', () => {
    const make = (options: object) => () =>
      new HttpTransport({ url: 'http://x', ...options } as HttpTransportOptions);
    expect(make({ url: 'collector:4318' })).toThrow(
      /url is "collector:4318"; accepted: a URL that starts with http/,
    );
    expect(make({ url: 5 })).toThrow(/url is 5/);
    expect(make({ headers: { 'bad name': 'x' } })).toThrow(/headers\["bad name"\]/);
    expect(make({ headers: { a: 'two\nlines' } })).toThrow(/accepted: a valid HTTP header/);
    expect(make({ compression: 'brotli' })).toThrow(/"none", "gzip"/);
    expect(make({ timeout: 0 })).toThrow(/timeout is 0/);
    expect(make({ tls: { rejectUnauthorised: false } })).toThrow(
      /"rejectUnauthorised"; accepted: .*rejectUnauthorized/,
    );
  });

  it('shows its address without secrets', () => {
    expect(open({ url: 'http://me:secret@host/in?token=1' }).address).toBe('http://host/in');
  });
});

describe('retryAfter', () => {
  const now = Date.UTC(2026, 0, 1);

  it('reads seconds and dates', () => {
    expect(retryAfter('120', now)).toBe(120_000);
    expect(retryAfter('Thu, 01 Jan 2026 00:00:30 GMT', now)).toBe(30_000);
  });

  it.each([undefined, '', '0', '-5', 'soon', '2030', 'Thu, 01 Jan 2020 00:00:00 GMT', '1.5e3'])(
    'gives no time to wait for %s, or a number of seconds',
    (header) => {
      expect(retryAfter(header, now)).toBe(header === '2030' ? 2_030_000 : undefined);
    },
  );
});
