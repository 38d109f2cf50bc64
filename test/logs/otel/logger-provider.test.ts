import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { logs, type LoggerProvider as OtelLoggerProvider, SeverityNumber } from '@opentelemetry/api-logs';
import {
  BatchLogRecordProcessor,
  InMemoryLogRecordExporter,
  type LogRecordProcessor as OtelLogRecordProcessor,
  SimpleLogRecordProcessor,
} from '@opentelemetry/sdk-logs';
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest';
import { type Diagnostic, Diagnostics } from '../../../src/common/diagnostics.js';
import { resourceOf } from '../../../src/common/resource.js';
import { suppressTelemetry } from '../../../src/common/suppression.js';
import { InMemoryLogExporter } from '../../../src/exporters/memory.js';
import {
  exporterSink,
  Logger,
  LoggerProvider,
  type LogRecordProcessor,
  memorySink,
  processorSink,
  recordSink,
  redaction,
} from '../../../src/logs/index.js';
import { registerLogs } from '../../../src/logs/otel/index.js';
import type { ReadableLogRecord } from '../../../src/logs/readable-log-record.js';
import { createTelemetry } from '../../../src/telemetry/index.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';

const SPAN = { traceId: 'a1'.repeat(16), spanId: 'b2'.repeat(8), traceFlags: 1 };

function setup() {
  const clock = new FakeClock();
  const lines = memorySink();
  const records: ReadableLogRecord[] = [];
  const told: Diagnostic[] = [];
  const logger = new Logger({
    sinks: [lines, recordSink((record) => records.push(record))],
    resource: resourceOf({ 'service.name': 'shop' }),
    fields: { region: 'eu' },
    clock,
    diagnostics: new Diagnostics({ handler: (diagnostic) => told.push(diagnostic) }),
  });
  return { clock, lines, records, logger, told, provider: new LoggerProvider({ logger, clock }) };
}

afterEach(() => logs.disable());

describe('LoggerProvider', () => {
  it('takes records of the API into the sinks as they were given', () => {
    const { provider, records, lines } = setup();
    const logger = provider.getLogger('lib', '1.2.3', { schemaUrl: 'https://schema', attributes: { a: 1 } });
    logger.emit({
      timestamp: [1_795_293_000, 123_456_789],
      observedTimestamp: new Date(1_795_293_001_000),
      severityNumber: SeverityNumber.WARN3,
      severityText: 'Warning',
      body: 'careful',
      eventName: 'lib.careful',
      attributes: { orderId: 'o-1', list: ['a', 1] },
      exception: new TypeError('no'),
      context: trace.setSpanContext(ROOT_CONTEXT, SPAN),
    });
    expect(records[0]).toMatchObject({
      hrTime: [1_795_293_000, 123_456_789],
      hrTimeObserved: [1_795_293_001, 0],
      severityNumber: 15,
      severityText: 'Warning',
      body: 'careful',
      eventName: 'lib.careful',
      spanContext: SPAN,
      instrumentationScope: {
        name: 'lib',
        version: '1.2.3',
        schemaUrl: 'https://schema',
        attributes: { a: 1 },
      },
      attributes: {
        orderId: 'o-1',
        list: ['a', 1],
        'exception.type': 'TypeError',
        'exception.message': 'no',
        region: 'eu',
      },
    });
    expect(records[0]!.resource.attributes).toEqual({ 'service.name': 'shop' });
    expect(lines.records[0]).toMatchObject({
      time: '2026-11-21T20:30:00.123Z',
      level: 'warn',
      msg: 'careful',
      trace_id: SPAN.traceId,
      event: 'lib.careful',
      orderId: 'o-1',
      name: 'lib',
      region: 'eu',
    });
  });

  it('gives what is missing its default', () => {
    const { provider, records } = setup();
    provider.getLogger('lib').emit({ body: 'x' });
    provider.getLogger('lib').emit({ eventName: 'only.a.name' });
    provider.getLogger('lib').emit({ body: { a: [1] } });
    expect(records[0]).toMatchObject({
      hrTime: [1_735_689_600, 0],
      severityNumber: 9,
      severityText: 'info',
      body: 'x',
    });
    expect(records[1]).toMatchObject({ eventName: 'only.a.name', body: 'only.a.name' });
    expect(records[2]).toMatchObject({ body: { a: [1] }, attributes: {} });
    expect(provider.getLogger('lib')).toBe(provider.getLogger('lib'));
    expect(provider.getLogger('lib')).not.toBe(provider.getLogger('lib', '2'));
  });

  it('keeps a body that is no text, past redaction and beside an attribute of that name', () => {
    const exported: ReadableLogRecord[] = [];
    const lines = memorySink();
    const logger = new Logger({
      sinks: [lines, recordSink((record) => exported.push(record))],
      redact: redaction({ keys: ['password'] }),
    });
    const api = new LoggerProvider({ logger }).getLogger('lib');
    api.emit({ body: { user: 'ada', password: 'p' }, attributes: { body: 'full' } });
    api.emit({ body: ['a', 1] });
    expect(exported[0]).toMatchObject({
      body: { user: 'ada', password: '[Redacted]' },
      attributes: { body: 'full' },
    });
    expect(exported[1]!.body).toEqual(['a', 1]);
    expect(exported[1]!.attributes).toEqual({});
    expect(lines.records).toMatchObject([
      { msg: '', body: 'full', body_: { user: 'ada', password: '[Redacted]' } },
      { msg: '', body: ['a', 1] },
    ]);
  });

  it('heeds the level of the logger, and its redaction', () => {
    const { provider, logger, records } = setup();
    const api = provider.getLogger('lib');
    logger.level = 'warn';
    expect(api.enabled({ severityNumber: SeverityNumber.INFO4 })).toBe(false);
    expect(api.enabled({ severityNumber: SeverityNumber.WARN })).toBe(true);
    expect(api.enabled()).toBe(false);
    api.emit({ severityNumber: SeverityNumber.DEBUG, body: 'no' });
    api.emit({ severityNumber: SeverityNumber.ERROR, body: 'yes' });
    expect(records.map(({ body }) => body)).toEqual(['yes']);

    const lines = memorySink();
    const careful = new Logger({
      sinks: [lines],
      redact: (draft) => {
        draft.fields = { ...draft.fields, password: '[redacted]' };
      },
    });
    new LoggerProvider({ logger: careful }).getLogger('l').emit({ body: 'x', attributes: { password: 'p' } });
    expect(lines.records[0]).toMatchObject({ password: '[redacted]' });
  });

  it('never throws, whatever is emitted, and passes over what an exporter says', () => {
    const { provider, lines, told } = setup();
    const api = provider.getLogger(undefined as never);
    const throwing = {
      get body(): string {
        throw new Error('no');
      },
    };
    for (const record of [
      {},
      { timestamp: Number.NaN, severityNumber: 99, attributes: null },
      { timestamp: 'yesterday', severityNumber: -7, body: Symbol('s') },
      { body: 10n, attributes: { f: () => 1 } },
    ]) {
      expect(() => api.emit(record as never)).not.toThrow();
    }
    expect(lines.lines).toHaveLength(4);
    expect(() => api.emit(throwing)).not.toThrow();
    expect(told.map(({ code }) => code)).toEqual(['log_failed']);
    api.emit({ body: 'sent', context: suppressTelemetry(ROOT_CONTEXT) });
    expect(lines.lines).toHaveLength(4);
    expect(() => new LoggerProvider({ logger: {} as never })).toThrow(/LoggerProvider: logger is/);
  });

  it('is a provider for the API, by its types', () => {
    expectTypeOf<LoggerProvider>().toExtend<OtelLoggerProvider>();
    expectTypeOf<OtelLogRecordProcessor>().toExtend<LogRecordProcessor>();
  });
});

describe('registerLogs', () => {
  it('makes telltale what api-logs gives, until it is taken back', () => {
    const { provider, records } = setup();
    const registration = registerLogs({ provider });
    expect(registration.logs).toBe(true);
    expect(logs.getLoggerProvider()).toBe(provider);
    logs.getLogger('lib').emit({ body: 'by the API' });
    registration.unregister();
    logs.getLogger('lib').emit({ body: 'nobody hears' });
    expect(records.map(({ body }) => body)).toEqual(['by the API']);
  });

  it('reaches loggers that were asked for before, where it is given the API', () => {
    const { provider, records } = setup();
    const early = logs.getLogger('early');
    const { unregister } = registerLogs({ provider, api: logs });
    early.emit({ body: 'early' });
    expect(records.map(({ body }) => body)).toEqual(['early']);
    unregister();
  });

  it('leaves another provider in its place, and says so', () => {
    const first = setup();
    const second = setup();
    const told: Diagnostic[] = [];
    const diagnostics = new Diagnostics({ handler: (diagnostic) => told.push(diagnostic) });
    const registration = registerLogs({ provider: first.provider });
    expect(registerLogs({ provider: second.provider, diagnostics }).logs).toBe(false);
    expect(told).toMatchObject([{ code: 'global_taken', subject: 'logger provider' }]);
    expect(logs.getLoggerProvider()).toBe(first.provider);
    registration.unregister();
  });

  it('is part of register()', async () => {
    const lines = memorySink();
    const telemetry = createTelemetry({
      env: {},
      logs: { sinks: [lines] },
      metrics: false,
      flushAtExit: false,
    });
    const registration = telemetry.register();
    expect(registration.logs).toBe(true);
    telemetry.tracer.startActiveSpan('s', (span) => {
      logs.getLogger('lib').emit({ body: 'in a span' });
      expect(lines.records[0]).toMatchObject({ msg: 'in a span', trace_id: span.spanContext().traceId });
      span.end();
    });
    registration.unregister();
    await telemetry.shutdown();
  });
});

describe('processorSink', () => {
  it('takes any processor of the SDK', async () => {
    const simple = new InMemoryLogRecordExporter();
    const batched = new InMemoryLogRecordExporter();
    const logger = new Logger({
      sinks: [
        processorSink(new SimpleLogRecordProcessor({ exporter: simple })),
        processorSink(new BatchLogRecordProcessor({ exporter: batched })),
      ],
      fields: { service: 'shop' },
    });
    logger.error(new Error('broken'), 'payment failed');
    await logger.flush();
    for (const exporter of [simple, batched]) {
      expect(exporter.getFinishedLogRecords()[0]).toMatchObject({
        body: 'payment failed',
        severityNumber: 17,
        attributes: { 'exception.message': 'broken', service: 'shop' },
      });
    }
    await logger.shutdown();
  });

  it('lets processors change a record for those behind them, and nobody afterwards', () => {
    const seen: unknown[] = [];
    let kept: Parameters<LogRecordProcessor['onEmit']>[0] | undefined;
    const base = { forceFlush: async () => {}, shutdown: async () => {} };
    const logger = new Logger({
      sinks: [
        processorSink(
          {
            ...base,
            onEmit(record) {
              kept = record
                .setAttribute('added', 1)
                .setAttributes({ more: 'x' })
                .setBody('changed')
                .setEventName('e')
                .setSeverityNumber(13)
                .setSeverityText('warn');
            },
          },
          { ...base, onEmit: (record, context) => seen.push({ ...record }, context !== undefined) },
        ),
      ],
    });
    logger.info('x');
    expect(seen[0]).toMatchObject({
      attributes: { added: 1, more: 'x' },
      body: 'changed',
      eventName: 'e',
      severityNumber: 13,
      severityText: 'warn',
    });
    kept!.setBody('late').setAttribute('late', 1);
    expect(kept).toMatchObject({ body: 'changed', attributes: { added: 1, more: 'x' } });
    expect(() => processorSink({ onEmit() {} } as never)).toThrow(/processors\[0\]/);
  });

  it('takes any exporter of the SDK, and gives its own to the SDK', async () => {
    const theirs = new InMemoryLogRecordExporter();
    const ours = new InMemoryLogExporter();
    const logger = new Logger({
      sinks: [
        exporterSink({ exporter: theirs }),
        processorSink(new SimpleLogRecordProcessor({ exporter: ours as never })),
      ],
    });
    logger.info('both');
    await logger.flush();
    expect(theirs.getFinishedLogRecords().map(({ body }) => body)).toEqual(['both']);
    expect(ours.records.map(({ body }) => body)).toEqual(['both']);
  });
});
