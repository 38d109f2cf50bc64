import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { Diagnostics } from '../../../src/common/diagnostics.js';
import { type SyslogExporterOptions, syslogExporter } from '../../../src/exporters/syslog/index.js';
import { exporterSink, Logger } from '../../../src/logs/index.js';
import type { ReadableLogRecord } from '../../../src/logs/readable-log-record.js';
import { testCertificate, testKey } from '../../common/tls-certificate.js';
import { record } from '../log-records.js';
import { octetCounted, parseSyslog } from './parse.js';

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A server that keeps the bytes of each connection. */
async function listen(server: Server, port = 0) {
  const streams: Buffer[] = [];
  const sockets = new Set<Socket>();
  const onSocket = (socket: Socket): void => {
    const nth = streams.push(Buffer.alloc(0)) - 1;
    sockets.add(socket);
    socket.on('data', (chunk) => {
      streams[nth] = Buffer.concat([streams[nth]!, chunk]);
    });
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  };
  server.on('connection', (socket) => sockets.add(socket));
  server.on(
    server.constructor.name === 'Server' && 'setSecureContext' in server ? 'secureConnection' : 'connection',
    onSocket,
  );
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const stop = (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  closers.push(stop);
  return { port: (server.address() as AddressInfo).port, streams, sockets, stop };
}

function make(options: SyslogExporterOptions) {
  const exporter = syslogExporter({ diagnostics: new Diagnostics({ handler: () => {} }), ...options });
  closers.push(() => exporter.shutdown());
  const send = (records: ReadableLogRecord[]) => new Promise((resolve) => exporter.export(records, resolve));
  return { exporter, send };
}

const lines = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => record({ body: `line ${from + i}\nzwei` }));

describe('syslogExporter', () => {
  it('sends a datagram for each record', async () => {
    const socket: DatagramSocket = createSocket('udp4');
    const received: Buffer[] = [];
    socket.on('message', (message) => received.push(message));
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    closers.push(() => socket.close());
    const { send } = make({ port: socket.address().port, facility: 'daemon' });
    expect(await send(lines(100))).toEqual({ code: 0 });
    await expect.poll(() => received.length).toBe(100);
    const messages = received.map(parseSyslog);
    expect(messages[0]).toMatchObject({ facility: 3, severity: 6, appName: 'shop', hostname: 'h1' });
    expect(messages.map(({ text }) => text)).toEqual(lines(100).map(({ body }) => body));
  });

  it('sets aside a message that is too large for a datagram, and sends the others', async () => {
    const socket: DatagramSocket = createSocket('udp4');
    const received: Buffer[] = [];
    socket.on('message', (message) => received.push(message));
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    closers.push(() => socket.close());
    const refused: unknown[] = [];
    const { send } = make({
      port: socket.address().port,
      maxBytes: 200_000,
      onRefused: ({ body }, error) =>
        refused.push(String(body).length, (error as NodeJS.ErrnoException).code),
    });
    const big = record({ body: 'x'.repeat(100_000) });
    expect(await send([record({ body: 'a' }), big, record({ body: 'b' })])).toEqual({ code: 0, rejected: 1 });
    expect(refused).toEqual([100_000, 'EMSGSIZE']);
    await expect.poll(() => received.map((message) => parseSyslog(message).text)).toEqual(['a', 'b']);
  });

  it('tells what nobody takes on UDP, and goes on', async () => {
    const { send } = make({ port: 1 });
    await send(lines(1));
    await new Promise((resolve) => setTimeout(resolve, 20)); // the refusal comes after the datagram
    const results = [await send(lines(2)), await send(lines(2))];
    for (const result of results) expect([0, 1]).toContain((result as { code: number }).code);
  });

  it('sends over one TCP connection, with lengths, and in order', async () => {
    const server = await listen(createServer());
    const { send, exporter } = make({ protocol: 'tcp', port: server.port });
    expect(await send(lines(50))).toEqual({ code: 0 });
    expect(await send(lines(50, 50))).toEqual({ code: 0 });
    await exporter.shutdown();
    await expect.poll(() => server.sockets.size).toBe(0);
    expect(server.streams).toHaveLength(1);
    const messages = octetCounted(server.streams[0]!).map(parseSyslog);
    expect(messages.map(({ text }) => text)).toEqual(lines(100).map(({ body }) => body));
  });

  it('sends lines over TCP on request', async () => {
    const server = await listen(createServer());
    const { send } = make({ protocol: 'tcp', port: server.port, framing: 'newline' });
    await send(lines(2));
    await expect.poll(() => server.streams[0]?.toString().split('\n').length).toBe(3);
    const [first] = server.streams[0]!.toString().split('\n');
    expect(parseSyslog(Buffer.from(first!)).text).toBe('line 0#012zwei');
  });

  it('sends over TLS, to a server whose certificate it trusts and to no other', async () => {
    const server = await listen(
      createTlsServer({ cert: testCertificate, key: testKey }) as unknown as Server,
    );
    const trusting = make({ protocol: 'tls', port: server.port, tls: { ca: testCertificate } });
    expect(await trusting.send(lines(3))).toEqual({ code: 0 });
    await expect.poll(() => octetCounted(server.streams[0] ?? Buffer.alloc(0)).length).toBe(3);
    const careful = make({ protocol: 'tls', port: server.port });
    expect(await careful.send(lines(1))).toMatchObject({
      code: 1,
      error: { retryable: true, message: expect.stringMatching(/self.signed/) },
    });
  });

  it('connects anew when the server was away, and delivers what waited', async () => {
    const first = await listen(createServer());
    const { send, exporter } = make({ protocol: 'tcp', port: first.port });
    const sink = exporterSink({
      exporter,
      interval: 0,
      retry: { initialDelay: 20, maxDelay: 20 },
      diagnostics: new Diagnostics({ handler: () => {} }),
    });
    const logger = new Logger({ sinks: [sink] });
    logger.info('before');
    await logger.flush();
    await expect.poll(() => octetCounted(first.streams[0]!).length).toBe(1);
    await first.stop();
    expect(await send(lines(1))).toMatchObject({ code: 1, error: { retryable: true } });
    logger.info('in between');
    const flushed = logger.flush();
    const second = await listen(createServer(), first.port);
    await flushed;
    await logger.shutdown();
    await expect
      .poll(() => second.streams.flatMap(octetCounted).map((message) => parseSyslog(message).text))
      .toEqual(['in between']);
  });

  it('gives up on a server that takes nothing', async () => {
    const server = createServer((socket) => socket.pause());
    const { port } = await listen(server);
    server.removeAllListeners('connection');
    server.on('connection', (socket) => {
      socket.pause();
      closers.push(() => socket.destroy());
    });
    const { send } = make({ protocol: 'tcp', port, timeout: 200, maxBytes: 60_000 });
    const big = Array.from({ length: 300 }, () => record({ body: 'x'.repeat(50_000) }));
    expect(await send(big)).toMatchObject({
      code: 1,
      error: { retryable: true, message: expect.stringContaining('no progress within 200 ms') },
    });
  });

  it('says at construction what is wrong', () => {
    expect(() => syslogExporter({ facility: 'local8' as never })).toThrow(/facility is "local8"/);
    expect(() => syslogExporter({ protocol: 'tls', framing: 'newline' })).toThrow(/framing is "newline"/);
    expect(() => syslogExporter({ port: 70_000 })).toThrow(/port is 70000/);
    expect(() => syslogExporter({ sdId: 'x y' })).toThrow(/sdId is "x y"/);
    expect(() => syslogExporter({ maxBytes: 10 })).toThrow(/maxBytes is 10/);
  });
});
