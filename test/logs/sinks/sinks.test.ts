import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import {
  InMemoryLogRecordExporter,
  type LogRecordExporter as OtelExporter,
  type ReadableLogRecord as OtelRecord,
} from '@opentelemetry/sdk-logs';
import { afterAll, describe, expect, expectTypeOf, it } from 'vitest';
import { rootContext } from '../../../src/common/context.js';
import { AsyncLocalContextManager } from '../../../src/common/context-manager.js';
import { Diagnostics } from '../../../src/common/diagnostics.js';
import { TelltaleError } from '../../../src/common/errors.js';
import { resourceOf } from '../../../src/common/resource.js';
import { withSpan } from '../../../src/common/with-span.js';
import {
  exporterSink,
  fileSink,
  Logger,
  type LogRecordExporter,
  memorySink,
  type ReadableLogRecord,
  recordSink,
  streamSink,
} from '../../../src/logs/index.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';

const folder = mkdtempSync(join(tmpdir(), 'telltale-sinks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a function as a sink', () => {
  it('is given each line with its newline, and the level', () => {
    const got: [string, string][] = [];
    const logger = new Logger({ sinks: [(line, level) => got.push([line, level])] });
    logger.warn('m');
    expect(got).toEqual([[expect.stringMatching(/"msg":"m"\}\n$/), 'warn']]);
  });
});

describe('fileSink', () => {
  it('adds lines to the file, and makes folders when asked', async () => {
    const path = join(folder, 'a/b/app.log');
    for (const n of [1, 2]) {
      const logger = new Logger({ sinks: [fileSink({ path, mkdir: true })] });
      logger.info('m', { n });
      await logger.shutdown();
    }
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).n)).toEqual([1, 2]);
  });

  it('says at once what is wrong', () => {
    expect(() => fileSink({ path: join(folder, 'none/app.log') })).toThrow(/path is .*ENOENT.*accepted/);
    expect(() => fileSink({ path: folder })).toThrow(TelltaleError);
    // @ts-expect-error a path is needed
    expect(() => fileSink({})).toThrow('fileSink: path is missing');
    expect(() => fileSink({ path: '' })).toThrow(TelltaleError);
    expect(() => fileSink({ path: 'x', maxBytes: 5 })).toThrow('maxBytes is 5');
    // @ts-expect-error no such policy
    expect(() => fileSink({ path: 'x', overflow: 'block' })).toThrow('overflow is "block"');
  });
});

describe('streamSink', () => {
  it('respects the pause that a stream asks for', async () => {
    const chunks: string[] = [];
    let next: (() => void) | undefined;
    const stream = new Writable({
      highWaterMark: 1,
      write(chunk: Buffer, _, done) {
        chunks.push(chunk.toString());
        next = done;
      },
    });
    const logger = new Logger({ sinks: [streamSink(stream)] });
    logger.info('one');
    await new Promise(setImmediate);
    logger.info('two');
    logger.info('three');
    await new Promise(setImmediate);
    expect(chunks).toHaveLength(1);
    next!();
    await new Promise(setImmediate);
    expect(chunks.join('').split('\n')).toHaveLength(4);
    next!();
    await logger.shutdown();
  });

  it.each(['error', 'close'])('survives the %s of its stream, and counts', async (event) => {
    const told: string[] = [];
    const diagnostics = new Diagnostics({ handler: ({ code }) => told.push(code) });
    const stream = new PassThrough();
    const logger = new Logger({ sinks: [streamSink(stream)], diagnostics });
    logger.info('one');
    await logger.flush();
    stream.destroy(event === 'error' ? new Error('gone') : undefined);
    await new Promise(setImmediate);
    logger.info('two');
    await logger.flush();
    await logger.shutdown();
    expect(told).toEqual(['sink_closed', 'log_lines_dropped']);
  });

  it('never ends the stream, and leaves no listener on it', async () => {
    const stream = new PassThrough();
    const before = stream.listenerCount('error');
    const logger = new Logger({ sinks: [streamSink(stream)] });
    logger.info('one');
    await logger.shutdown();
    expect(stream.writableEnded).toBe(false);
    expect(stream.listenerCount('error')).toBe(before);
    expect(JSON.parse(String(stream.read()))).toMatchObject({ msg: 'one' });
  });

  it('refuses what is no stream', () => {
    // @ts-expect-error not a stream
    expect(() => streamSink({})).toThrow(TelltaleError);
  });
});

describe('memorySink', () => {
  it('is bounded and can be cleared', () => {
    const sink = memorySink({ maxLines: 2 });
    const logger = new Logger({ sinks: [sink] });
    for (const n of [1, 2, 3]) logger.info('m', { n });
    expect(sink.records.map(({ n }) => n)).toEqual([2, 3]);
    sink.clear();
    expect(sink.lines).toEqual([]);
  });
});

describe('records', () => {
  const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };

  function record(log: (logger: Logger) => void, levelled = 'trace' as const): ReadableLogRecord {
    const records: ReadableLogRecord[] = [];
    const clock = new FakeClock({ now: 1_700_000_000_123 });
    log(
      new Logger({
        level: levelled,
        name: 'billing',
        fields: { region: 'eu' },
        resource: resourceOf({ 'service.name': 'shop' }),
        clock,
        sinks: [recordSink((one) => records.push(one))],
      }),
    );
    expect(records).toHaveLength(1);
    return records[0]!;
  }

  it('say in the terms of OpenTelemetry what the line says', () => {
    const one = record((logger) =>
      logger.child({ a: 1, b: 1 }).warn('m', { b: 2, deep: { list: [1, 'x'] }, bytes: new Uint8Array(2) }),
    );
    expect(one).toMatchObject({
      body: 'm',
      severityNumber: 13,
      severityText: 'warn',
      hrTime: [1_700_000_000, 123_000_000],
      hrTimeObserved: [1_700_000_000, 123_000_000],
      instrumentationScope: { name: 'billing' },
      droppedAttributesCount: 0,
      resource: { attributes: { 'service.name': 'shop' } },
      attributes: { a: 1, b: 2, region: 'eu', deep: { list: [1, 'x'] }, bytes: new Uint8Array(2) },
    });
    expect(one.spanContext).toBeUndefined();
  });

  it('number the levels as OpenTelemetry does', () => {
    const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
    expect(levels.map((level) => record((logger) => logger[level]('m')).severityNumber)).toEqual([
      1, 5, 9, 13, 17, 21,
    ]);
  });

  it('name the error by the semantic conventions', () => {
    const error = Object.assign(new TypeError('no'), { code: 'E', cause: new Error('why') });
    const { attributes, body } = record((logger) => logger.error(error, 'failed'));
    expect(body).toBe('failed');
    expect(attributes).toMatchObject({
      'exception.type': 'TypeError',
      'exception.message': 'no',
      'exception.stacktrace': error.stack,
      err: { code: 'E', cause: { type: 'Error', message: 'why' } },
    });
  });

  it('carry what is bound, but the name only as the scope', () => {
    const { attributes, instrumentationScope } = record((logger) =>
      logger.child({ err: new RangeError('no'), list: [1, { a: null }] }).info('m', { region: 'us' }),
    );
    expect(instrumentationScope.name).toBe('billing');
    expect(attributes).toEqual({
      'exception.type': 'RangeError',
      'exception.message': 'no',
      'exception.stacktrace': expect.stringContaining('RangeError: no'),
      list: [1, { a: null }],
      region: 'us',
    });
  });

  it('are copies: what the caller changes later is not seen', () => {
    const fields = { list: [1], deep: { x: 1 } };
    const { attributes } = record((logger) => logger.info('m', fields));
    fields.list.push(2);
    fields.deep.x = 2;
    expect(attributes).toMatchObject({ list: [1], deep: { x: 1 } });
  });

  it('carry the current span', () => {
    const contextManager = new AsyncLocalContextManager();
    const records: ReadableLogRecord[] = [];
    const logger = new Logger({ contextManager, sinks: [recordSink((one) => records.push(one))] });
    const span = { spanContext: () => ids } as never;
    contextManager.with(withSpan(rootContext, span), () => logger.info('m'));
    expect(records[0]!.spanContext).toEqual(ids);
  });

  it('fit the interfaces of OpenTelemetry both ways', () => {
    expectTypeOf<OtelExporter>().toExtend<LogRecordExporter>();
    expectTypeOf<ReadableLogRecord>().toExtend<OtelRecord>();
  });
});

describe('exporterSink', () => {
  it('sends records in batches through any OpenTelemetry exporter', async () => {
    const exporter = new InMemoryLogRecordExporter();
    const logger = new Logger({ sinks: [exporterSink({ exporter, maxBatchItems: 10 })] });
    for (let n = 0; n < 25; n++) logger.info('m', { n });
    await logger.flush();
    expect(exporter.getFinishedLogRecords().map(({ attributes }) => attributes.n)).toEqual(
      Array.from({ length: 25 }, (_, n) => n),
    );
    await logger.shutdown();
    await logger.shutdown();
  });

  it('uses the clock and the diagnostics of the logger', async () => {
    const clock = new FakeClock();
    const diagnostics = new Diagnostics({ clock, handler: () => {} });
    const batches: number[] = [];
    const exporter: LogRecordExporter = {
      export(records, done) {
        batches.push(records.length);
        done({ code: 0 });
      },
      shutdown: async () => {},
    };
    const logger = new Logger({ clock, diagnostics, sinks: [exporterSink({ exporter, interval: 500 })] });
    logger.info('m');
    await clock.advance(499);
    expect(batches).toEqual([]);
    await clock.advance(1);
    expect(batches).toEqual([1]);
    expect([...diagnostics.counters()].some(({ labels }) => labels.queue === 'logs')).toBe(true);
    await logger.shutdown();
  });

  it('says at once what is wrong', () => {
    // @ts-expect-error no exporter
    expect(() => exporterSink({})).toThrow(TelltaleError);
    // @ts-expect-error no options
    expect(() => exporterSink()).toThrow(TelltaleError);
    const exporter = new InMemoryLogRecordExporter();
    expect(() => exporterSink({ exporter, maxItems: 0 })).toThrow(TelltaleError);
    // @ts-expect-error no such option
    expect(() => exporterSink({ exporter, maxItem: 1 })).toThrow(/"maxItem"; accepted: .*maxItems/);
  });
});
