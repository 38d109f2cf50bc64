import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { Diagnostics } from '../../../src/common/diagnostics.js';
import { InMemoryLogExporter } from '../../../src/exporters/memory.js';
import { defineEvent, type FromSchema } from '../../../src/logs/events/index.js';
import {
  exporterSink,
  fileSink,
  Logger,
  type LoggerOptions,
  memorySink,
  recordSink,
  type SinkLifecycle,
} from '../../../src/logs/index.js';
import type { ReadableLogRecord } from '../../../src/logs/readable-log-record.js';
import { redaction } from '../../../src/logs/redaction/index.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import { parseStrict } from '../lib/strict-json.js';

const orderPlaced = defineEvent('order.placed', {
  type: 'object',
  properties: {
    orderId: { type: 'string' },
    total: { type: 'number' },
    express: { type: 'boolean' },
    customer: {
      type: 'object',
      properties: { id: { type: 'string' }, vip: { type: 'boolean', nullable: true } },
      required: ['id'],
    },
    items: {
      type: 'array',
      items: {
        type: 'object',
        properties: { sku: { type: 'string' }, quantity: { type: 'integer' } },
        required: ['sku', 'quantity'],
      },
    },
  },
  required: ['orderId', 'total'],
});

/** A logger whose lines go into a file of bytes, which is the fast way, and one whose lines come as text. */
function setup(options: LoggerOptions = {}) {
  const { sink, text } = byteSink();
  const logger = new Logger({ sinks: [sink], clock: new FakeClock(), ...options });
  return {
    logger,
    last() {
      const line = text().trimEnd().split('\n').at(-1)!;
      parseStrict(line); // which throws for a key that stands twice
      return JSON.parse(line) as Record<string, unknown>;
    },
  };
}

function byteSink() {
  const path = join(mkdtempSync(join(tmpdir(), 'telltale-events-')), 'events.log');
  const sink = fileSink({ path });
  return {
    sink,
    text() {
      (sink as SinkLifecycle).flushSync!();
      return readFileSync(path, 'utf8');
    },
  };
}

describe('defineEvent', () => {
  it('writes a line with the event, its fields, and those of the logger', () => {
    const { logger, last } = setup({ fields: { service: 'shop' } });
    const items = [{ sku: 'a"b', quantity: 2 }];
    orderPlaced(logger.child({ requestId: 7 }), { orderId: 'o-1', total: 12.5, items, express: true });
    expect(last()).toEqual({
      time: '2025-01-01T00:00:00.000Z',
      level: 'info',
      msg: 'order.placed',
      event: 'order.placed',
      orderId: 'o-1',
      total: 12.5,
      express: true,
      items,
      requestId: 7,
      service: 'shop',
    });
    expect(orderPlaced.eventName).toBe('order.placed');
  });

  it('has a level and a message of its own', () => {
    const failed = defineEvent(
      'payment.failed',
      { type: 'object', properties: { code: { type: 'integer' } } },
      { level: 'error', message: 'payment failed' },
    );
    const { logger, last } = setup({ level: 'fatal' });
    failed(logger, { code: 1 });
    logger.level = 'error';
    failed(logger, { code: 2 });
    expect(last()).toMatchObject({ level: 'error', msg: 'payment failed', event: 'payment.failed', code: 2 });
  });

  it('hides bound fields of the same name, so that no key stands twice', () => {
    const { logger, last } = setup({ fields: { total: 'bound', event: 'bound', other: 1 } });
    orderPlaced(logger, { orderId: 'o-1', total: 3 });
    expect(last()).toMatchObject({ total: 3, event: 'order.placed', other: 1 });
  });

  it('goes to sinks of every kind, and is an event for OpenTelemetry', async () => {
    const exporter = new InMemoryLogExporter();
    const lines = memorySink();
    const records: ReadableLogRecord[] = [];
    const logger = new Logger({
      sinks: [lines, recordSink((record) => records.push(record)), exporterSink({ exporter })],
    });
    orderPlaced(logger, { orderId: 'o-1', total: 3, customer: { id: 'c' } });
    await logger.flush();
    expect(lines.records[0]).toMatchObject({ event: 'order.placed', orderId: 'o-1', customer: { id: 'c' } });
    for (const record of [records[0]!, exporter.records[0]!]) {
      expect(record).toMatchObject({
        eventName: 'order.placed',
        body: 'order.placed',
        attributes: { orderId: 'o-1', total: 3, customer: { id: 'c' } },
      });
      expect(record.attributes).not.toHaveProperty('event');
    }
  });

  it('is redacted as any line is, down to nested fields', () => {
    const lines = memorySink();
    const logger = new Logger({
      sinks: [lines],
      redact: redaction({ paths: ['customer.id', 'items[*].sku'], keys: ['orderId'] }),
    });
    const fields = { orderId: 'a', total: 1, customer: { id: 'b' }, items: [{ sku: 'c', quantity: 1 }] };
    orderPlaced(logger, fields);
    expect(lines.records[0]).toMatchObject({
      event: 'order.placed',
      orderId: '[Redacted]',
      total: 1,
      customer: { id: '[Redacted]' },
      items: [{ sku: '[Redacted]', quantity: 1 }],
    });
    expect(fields.customer.id).toBe('b');
  });

  it('says the same on the fast way and on the slow one', () => {
    const fast = setup();
    const slow = memorySink();
    const slowLogger = new Logger({ sinks: [slow], clock: new FakeClock() });
    const order = fc.record(
      {
        orderId: fc.string({ unit: 'binary' }),
        total: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer()),
        express: fc.boolean(),
        customer: fc.record({ id: fc.string({ unit: 'binary' }) }),
        items: fc.array(fc.record({ sku: fc.string(), quantity: fc.integer() })),
      },
      { requiredKeys: ['orderId', 'total'] },
    );
    fc.assert(
      fc.property(order, (fields) => {
        orderPlaced(fast.logger, fields);
        orderPlaced(slowLogger, fields);
        expect(fast.last()).toEqual(slow.records.at(-1));
      }),
      { numRuns: 50 },
    );
  });

  it('writes a valid line whatever it is given, and never throws', () => {
    const { logger, last } = setup();
    const cycle: Record<string, unknown> = { sku: 'x' };
    cycle.self = cycle;
    const getter = {
      get orderId(): string {
        throw new Error('no');
      },
      total: 1,
    };
    const proxy = new Proxy(
      {},
      {
        get() {
          throw new Error('no');
        },
      },
    );
    const hostile: unknown[] = [
      undefined,
      null,
      7,
      'text',
      [],
      {},
      getter,
      proxy,
      { orderId: Symbol('s'), total: 10n, express: () => 1, customer: 'text', items: 'text' },
      { orderId: cycle, total: Number.NaN, items: [cycle, null, undefined, 7, proxy] },
      { customer: proxy, items: { length: 3 } },
      { customer: { id: '\ud800', vip: 'no' }, items: [{ sku: '\udc00', quantity: Number.NaN }] },
      { items: [{ sku: 'x', quantity: 'many' }], customer: { toJSON: () => undefined } },
      { customer: { toJSON: () => 'x' }, items: [[[]]] },
      { orderId: 'x'.repeat(10_000_000), customer: { id: 'y'.repeat(10_000_000) } },
      { orderId: 'x', items: Array.from({ length: 100_000 }, () => ({ sku: 'sku', quantity: 1 })) },
      JSON.parse('{"__proto__":{"orderId":"inherited"},"total":1}'),
    ];
    for (const fields of hostile) {
      expect(() => orderPlaced(logger, fields as never)).not.toThrow();
      expect(last()).toMatchObject({ event: 'order.placed' });
    }
    expect(() => orderPlaced(undefined as never, { orderId: '', total: 1 })).not.toThrow();
  });

  it('takes dates, unions, enumerations and maps', () => {
    const event = defineEvent('many', {
      type: 'object',
      properties: {
        at: { type: 'string', format: 'date-time' },
        either: { anyOf: [{ type: 'string' }, { type: 'object', properties: { a: { type: 'number' } } }] },
        color: { enum: ['red', 'green'] },
        counts: { type: 'object', additionalProperties: { type: 'number' } },
        unsafe: { type: 'array', items: { type: 'string', format: 'unsafe' } },
        maybe: { type: ['string', 'null'] },
      },
    });
    const { logger, last } = setup();
    event(logger, {
      at: new Date(0),
      either: { a: 1 },
      color: 'red',
      counts: { x: 1 },
      unsafe: ['"'],
      maybe: null,
    });
    expect(last()).toMatchObject({
      at: '1970-01-01T00:00:00.000Z',
      either: { a: 1 },
      color: 'red',
      counts: { x: 1 },
      unsafe: ['"'],
      maybe: null,
    });
  });

  it('says at the definition what is wrong', () => {
    const define = (schema: unknown) => () => defineEvent('x', schema as never);
    expect(define(undefined)).toThrow(/schema is undefined; accepted: a JSON schema of type "object"/);
    expect(define({ type: 'string' })).toThrow(/schema is/);
    expect(define({ type: 'object', properties: { level: { type: 'string' } } })).toThrow(
      /properties.level is a name that a line has already/,
    );
    expect(define({ type: 'object', properties: { a: 1 } })).toThrow(/properties.a is 1/);
    expect(define({ type: 'object', properties: { a: { type: 'array', items: { $ref: '#/no' } } } })).toThrow(
      /properties.a cannot be compiled/,
    );
    expect(define({ type: 'object', properties: {}, additionalProperties: true })).toThrow(
      /additionalProperties is true/,
    );
    expect(() => defineEvent('', { type: 'object', properties: {} })).toThrow(/name is ""/);
    expect(() => defineEvent('x', { type: 'object', properties: {} }, { level: 'loud' as never })).toThrow(
      /level is "loud"/,
    );
  });

  it('does not compile with wrong fields', () => {
    const logger = new Logger({ sinks: [], diagnostics: new Diagnostics({ handler: () => {} }) });
    orderPlaced(logger, { orderId: 'a', total: 1 });
    // @ts-expect-error total is missing
    orderPlaced(logger, { orderId: 'a' });
    // @ts-expect-error total is a number
    orderPlaced(logger, { orderId: 'a', total: '1' });
    // @ts-expect-error there is no such field
    orderPlaced(logger, { orderId: 'a', total: 1, totl: 2 });
    // @ts-expect-error a field of a member
    orderPlaced(logger, { orderId: 'a', total: 1, items: [{ sku: 1, quantity: 1 }] });
    expectTypeOf(orderPlaced).parameter(1).toEqualTypeOf<{
      readonly orderId: string;
      readonly total: number;
      readonly express?: boolean | undefined;
      readonly customer?: { readonly id: string; readonly vip?: boolean | null | undefined } | undefined;
      readonly items?: readonly { readonly sku: string; readonly quantity: number | bigint }[] | undefined;
    }>();
    expectTypeOf<FromSchema<{ readonly enum: readonly ['a', 'b'] }>>().toEqualTypeOf<'a' | 'b'>();
    expectTypeOf<FromSchema<{ readonly type: readonly ['string', 'null'] }>>().toEqualTypeOf<string | null>();
    expectTypeOf<
      FromSchema<{ readonly anyOf: readonly [{ readonly type: 'string' }, { readonly type: 'number' }] }>
    >().toEqualTypeOf<string | number>();
  });
});
