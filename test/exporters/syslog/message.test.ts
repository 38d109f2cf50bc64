import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SyslogMessageOptions, syslogMessage } from '../../../src/exporters/syslog/message.js';
import type { AnyValue } from '../../../src/logs/readable-log-record.js';
import { record, SPAN } from '../log-records.js';
import { parseSyslog } from './parse.js';

const OPTIONS: SyslogMessageOptions = {
  facility: 'local0',
  hostname: undefined,
  appName: undefined,
  sdId: 'fields@32473',
  message: 'text',
  maxBytes: 2048,
  oneLine: false,
};

const make = (own: Parameters<typeof record>[0], options: Partial<SyslogMessageOptions> = {}) =>
  parseSyslog(syslogMessage(record(own), { ...OPTIONS, ...options }));

describe('syslogMessage', () => {
  it('is a message of RFC 5424', () => {
    const bytes = syslogMessage(
      record({ attributes: { orderId: 'a"b]c\\d', total: 7 }, spanContext: SPAN, eventName: 'order.placed' }),
      OPTIONS,
    );
    expect(bytes.toString()).toBe(
      '<134>1 2026-11-21T20:30:00.123Z h1 shop - order.placed ' +
        `[fields@32473 trace_id="${SPAN.traceId}" span_id="${SPAN.spanId}" orderId="a\\"b\\]c\\\\d" total="7"]` +
        ' \ufefforder placed',
    );
  });

  it('names the severity of each level', () => {
    expect([1, 5, 9, 13, 17, 21, 24].map((severityNumber) => make({ severityNumber }).severity)).toEqual([
      7, 7, 6, 4, 3, 2, 2,
    ]);
  });

  it('sends JSON instead of structured data', () => {
    const message = make({ attributes: { a: 1 } }, { message: 'json' });
    expect(message.data).toEqual({});
    expect(JSON.parse(message.text)).toMatchObject({ level: 'info', msg: 'order placed', a: 1 });
  });

  it('keeps line feeds out where they end a message', () => {
    const message = make({ body: 'a\nb', attributes: { stack: 'x\ny' } }, { oneLine: true });
    expect([message.text, message.data['fields@32473']!.stack]).toEqual(['a#012b', 'x#012y']);
  });

  it('is of the grammar and within the limit whatever the record holds', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 3000 }),
        fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()),
        fc.string({ unit: 'binary' }),
        fc.integer({ min: 600, max: 4000 }),
        fc.boolean(),
        (body, attributes, text, maxBytes, oneLine) => {
          const own = { body, attributes: attributes as Record<string, AnyValue>, eventName: text };
          const options = { ...OPTIONS, maxBytes, oneLine, appName: text, hostname: text };
          const bytes = syslogMessage(record(own), options);
          expect(bytes.length).toBeLessThanOrEqual(maxBytes);
          const message = parseSyslog(bytes);
          expect(message.severity).toBe(6);
          expect(bytes.includes(0x0a)).toBe(!oneLine && bytes.includes(0x0a));
        },
      ),
    );
  });
});
