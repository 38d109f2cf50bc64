import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Diagnostics } from '../../../src/common/diagnostics.js';
import { type HttpLogExporterOptions, httpLogExporter } from '../../../src/exporters/http-logs/index.js';
import type { ReadableLogRecord } from '../../../src/logs/readable-log-record.js';
import { TestServer } from '../../common/http-server.js';
import { record, SPAN } from '../log-records.js';

let server: TestServer;

beforeEach(async () => {
  server = await TestServer.start();
});

afterEach(() => server.stop());

async function send(records: ReadableLogRecord[], options: Partial<HttpLogExporterOptions> = {}) {
  const diagnostics = new Diagnostics({ handler: () => {} });
  const exporter = httpLogExporter({ url: `${server.url}/in?key=1`, diagnostics, ...options });
  const result = await new Promise((resolve) => exporter.export(records, resolve));
  await exporter.shutdown();
  return result;
}

describe('httpLogExporter', () => {
  it('posts a line of JSON for each record', async () => {
    const headers = { authorization: 'Bearer t' };
    expect(
      await send([record({ spanContext: SPAN, attributes: { level: 1 } }), record()], { headers }),
    ).toEqual({
      code: 0,
    });
    const received = server.received[0]!;
    expect(received.path).toBe('/in?key=1');
    expect(received.headers).toMatchObject({ ...headers, 'content-type': 'application/x-ndjson' });
    const [first, second, end] = received.body.toString().split('\n');
    expect(end).toBe('');
    expect(JSON.parse(first!)).toEqual({
      time: '2026-11-21T20:30:00.123Z',
      level: 'info',
      msg: 'order placed',
      trace_id: SPAN.traceId,
      span_id: SPAN.spanId,
      trace_flags: '01',
      level_: 1,
      resource: { 'service.name': 'shop', 'deployment.environment.name': 'test', 'host.name': 'h1' },
    });
    expect(JSON.parse(second!).msg).toBe('order placed');
  });

  it('posts an array, of what a function makes', async () => {
    await send([record(), record({ body: 'b' })], {
      format: 'json',
      map: ({ body }) => ({ text: body }),
      contentType: 'application/vnd.logs+json',
    });
    expect(server.received[0]!.headers['content-type']).toBe('application/vnd.logs+json');
    expect(JSON.parse(server.received[0]!.body.toString())).toEqual([
      { text: 'order placed' },
      { text: 'b' },
    ]);
  });

  it('sets aside a record that its function cannot map', async () => {
    const result = await send([record(), record({ body: 'bad' }), record()], {
      map(one) {
        if (one.body === 'bad') throw new Error('cannot');
        return { text: one.body };
      },
    });
    expect(result).toEqual({ code: 0, rejected: 1 });
  });

  it('writes nanoseconds where a record has them', async () => {
    await send([record({ hrTime: [1_795_293_000, 123_456_789] })]);
    expect(JSON.parse(server.received[0]!.body.toString()).time).toBe('2026-11-21T20:30:00.123456789Z');
  });

  it('fails after its end, and says at construction what is wrong', async () => {
    const exporter = httpLogExporter({ url: server.url });
    await exporter.shutdown();
    await expect(new Promise((resolve) => exporter.export([record()], resolve))).resolves.toMatchObject({
      code: 1,
      error: { message: 'the http exporter was shut down' },
    });
    expect(() => httpLogExporter({ url: 'ftp://x' })).toThrow(/httpLogExporter: url/);
    expect(() => httpLogExporter({ url: server.url, format: 'xml' as never })).toThrow(/format is "xml"/);
  });
});
