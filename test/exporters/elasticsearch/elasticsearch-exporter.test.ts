import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Diagnostics } from '../../../src/common/diagnostics.js';
import { seededRandom } from '../../../src/common/random.js';
import { diskSpool } from '../../../src/common/spool/index.js';
import {
  type ElasticsearchExporterOptions,
  ecsDocument,
  elasticsearchExporter,
} from '../../../src/exporters/elasticsearch/index.js';
import type { LogExporter } from '../../../src/exporters/log-exporter.js';
import { exporterSink, Logger } from '../../../src/logs/index.js';
import type { ReadableLogRecord } from '../../../src/logs/readable-log-record.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import { TestServer } from '../../common/http-server.js';
import { record, SPAN } from '../log-records.js';

/** The bulk API as Elasticsearch answers it: a status for each document, 429 and conflicts of mapping included. */
class FakeElasticsearch {
  readonly documents: Record<string, unknown>[] = [];
  readonly ids = new Set<string>();
  readonly bulks: string[][] = [];
  /** What to answer of a document instead of taking it. */
  verdict: (document: Record<string, unknown>) => number | undefined = () => undefined;

  answer(server: TestServer): void {
    server.answer = (response, _, nth) => {
      const lines = server.received[nth - 1]!.body.toString().trimEnd().split('\n');
      const items: object[] = [];
      this.bulks.push(lines);
      for (let i = 0; i < lines.length; i += 2) {
        const [[operation, { _id }]] = Object.entries(JSON.parse(lines[i]!)) as [[string, { _id?: string }]];
        const document = JSON.parse(lines[i + 1]!) as Record<string, unknown>;
        let status = this.verdict(document) ?? 201;
        if (status === 201 && _id !== undefined && this.ids.has(_id)) status = 409;
        if (status === 201) {
          this.documents.push(document);
          if (_id !== undefined) this.ids.add(_id);
        }
        const error = status < 300 ? {} : { error: { type: 'trouble', reason: `because ${status}` } };
        items.push({ [operation]: { status, ...error } });
      }
      const errors = items.some((item) => 'error' in Object.values(item)[0]);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(errors ? { errors, items } : { errors }));
    };
  }
}

let server: TestServer;
let elastic: FakeElasticsearch;

beforeEach(async () => {
  server = await TestServer.start();
  elastic = new FakeElasticsearch();
  elastic.answer(server);
});

afterEach(() => server.stop());

function make(options: Partial<ElasticsearchExporterOptions> = {}): LogExporter {
  return elasticsearchExporter({
    url: server.url,
    diagnostics: new Diagnostics({ handler: () => {} }),
    ...options,
  });
}

const send = (exporter: LogExporter, records: ReadableLogRecord[]) =>
  new Promise((resolve) => exporter.export(records, resolve));

describe('elasticsearchExporter', () => {
  it('sends documents of Elastic Common Schema by the bulk API', async () => {
    const exporter = make({ apiKey: 'a2V5', pipeline: 'logs', index: 'logs-shop-test' });
    const one = record({
      attributes: { 'exception.type': 'TypeError', 'exception.message': 'no', 'order.id': 7 },
      spanContext: SPAN,
    });
    expect(await send(exporter, [one, record()])).toEqual({ code: 0 });
    const { path, headers } = server.received[0]!;
    expect(new URL(path, server.url).pathname).toBe('/_bulk');
    expect(new URL(path, server.url).searchParams.get('pipeline')).toBe('logs');
    expect(headers).toMatchObject({ 'content-type': 'application/x-ndjson', authorization: 'ApiKey a2V5' });
    expect(JSON.parse(elastic.bulks[0]![0]!)).toEqual({ create: { _index: 'logs-shop-test' } });
    expect(elastic.documents[0]).toEqual({
      '@timestamp': '2026-11-21T20:30:00.123Z',
      'log.level': 'info',
      'log.logger': 'orders',
      message: 'order placed',
      'ecs.version': '8.11.0',
      'trace.id': SPAN.traceId,
      'span.id': SPAN.spanId,
      'service.name': 'shop',
      'service.environment': 'test',
      'host.name': 'h1',
      'error.type': 'TypeError',
      'error.message': 'no',
      labels: { order_id: 7 },
    });
    await exporter.shutdown();
  });

  it('sends again what a full queue turned away, sets aside what is refused, and keeps the books', async () => {
    const clock = new FakeClock();
    const refused: unknown[] = [];
    let full = true;
    elastic.verdict = ({ message }) =>
      message === 'mapping' ? 400 : full && message === 'busy' ? 429 : undefined;
    const sink = exporterSink({
      exporter: make({ onRefused: ({ body }, error) => refused.push([body, (error as Error).message]) }),
      clock,
      diagnostics: new Diagnostics({ handler: () => {} }),
    });
    const logger = new Logger({ sinks: [sink], clock });
    for (const message of ['a', 'mapping', 'busy', 'b']) logger.info(message);
    const flushed = logger.flush();
    await expect.poll(() => elastic.bulks.length).toBe(1);
    full = false;
    await expect
      .poll(async () => {
        await clock.advance(1000);
        return elastic.bulks.length;
      })
      .toBe(2);
    await flushed;
    expect(elastic.bulks[1]).toHaveLength(2);
    expect(elastic.documents.map(({ message }) => message)).toEqual(['a', 'b', 'busy']);
    expect(refused).toEqual([['mapping', '400 trouble: because 400']]);
    await logger.shutdown();
  });

  it('gives records ids on request, so that one sent twice is kept once', async () => {
    const exporter = make({ deduplicate: true, random: seededRandom(1) });
    const records = [record({ body: 'a' }), record({ body: 'b' })];
    await send(exporter, records);
    const other = make({ deduplicate: true, random: seededRandom(1) });
    expect(await send(other, records)).toEqual({ code: 0 });
    expect(elastic.documents).toHaveLength(2);
    expect([...elastic.ids][0]).toMatch(/^[\w-]{22}$/);
    expect(elastic.bulks[0]![0]).toBe(elastic.bulks[1]![0]);
  });

  it('halves what is too large', async () => {
    const answer = server.answer;
    server.answer = (response, request, nth) => {
      if (server.received[nth - 1]!.body.length > 3000) response.writeHead(413).end();
      else answer(response, request, nth);
    };
    const records = Array.from({ length: 64 }, (_, i) => record({ body: `line ${i}` }));
    expect(await send(make(), records)).toEqual({ code: 0 });
    expect(elastic.documents.map(({ message }) => message)).toEqual(records.map(({ body }) => body));
  });

  it('names the index of each record, and makes documents as it is told', async () => {
    const exporter = make({
      index: ({ severityText }) => `logs-${severityText}`,
      operation: 'index',
      document: ({ body }) => ({ text: body }),
    });
    await send(exporter, [record({ severityText: 'warn' })]);
    expect(elastic.bulks[0]).toEqual(['{"index":{"_index":"logs-warn"}}', '{"text":"order placed"}']);
  });

  it('answers with the error of a password that is wrong', async () => {
    server.answer = (response) => response.writeHead(401).end();
    expect(await send(make(), [record(), record()])).toMatchObject({ code: 1, error: { status: 401 } });
    expect(server.received).toHaveLength(1);
  });

  it('does not take any success for a delivery', async () => {
    server.answer = (response) => response.end('<html>Please log in</html>');
    expect(await send(make(), [record(), record()])).toMatchObject({
      code: 1,
      error: { message: 'the answer does not say what became of the documents' },
    });
    expect(server.received).toHaveLength(1);
  });

  it('keeps on disk what cannot be sent now', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'telltale-elastic-'));
    const spool = diskSpool({ directory, retry: { initialDelay: 10, maxDelay: 10 } });
    const answer = server.answer;
    server.answer = (response) => response.writeHead(503).end();
    const exporter = make({ spool });
    expect(await send(exporter, [record({ body: 'kept' })])).toEqual({ code: 0 });
    server.answer = answer;
    elastic.verdict = ({ message }) => (message === 'bad' ? 400 : undefined);
    expect(await send(exporter, [record({ body: 'bad' }), record({ body: 'next' })])).toEqual({ code: 0 });
    await exporter.forceFlush();
    await expect.poll(() => elastic.documents.map(({ message }) => message)).toEqual(['kept', 'next']);
    await exporter.shutdown();
    rmSync(directory, { recursive: true });
  });

  it('says at construction what is wrong', () => {
    expect(() => make({ url: 'elastic' })).toThrow(/elasticsearchExporter: url/);
    expect(() => make({ operation: 'update' as never })).toThrow(/operation is "update"/);
    expect(() => make({ deduplicate: 1 as never })).toThrow(/deduplicate is 1/);
    expect(() => make({ indices: 'x' } as never)).toThrow(/unknown option "indices"/);
  });

  it('keeps objects from quarrelling with words over the type of a field', () => {
    const attributes = { user: { id: 7 }, tags: ['a', 'b'], deep: [{ a: 1 }], ok: true };
    expect(ecsDocument(record({ attributes })).labels).toEqual({
      user: '{"id":7}',
      tags: ['a', 'b'],
      deep: '[{"a":1}]',
      ok: true,
    });
  });

  it('keeps hostile names of attributes apart from its own', () => {
    const attributes = JSON.parse('{"__proto__":1,"message":2,"@timestamp":3,"a.b":4}');
    const document = ecsDocument(record({ attributes }));
    expect(document.message).toBe('order placed');
    expect(JSON.parse(JSON.stringify(document.labels))).toEqual(
      JSON.parse('{"__proto__":1,"message":2,"@timestamp":3,"a_b":4}'),
    );
  });
});
