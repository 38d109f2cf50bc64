import { truncate } from '../../common/attributes.js';
import type { LogAttributes, ReadableLogRecord } from '../../logs/readable-log-record.js';
import { stringify } from '../../logs/stringify.js';
import { messageOf, plainRecord, textOf, timeOf } from '../record-json.js';
import { lokiName } from './labels.js';

export interface LokiBodyOptions {
  labels: (record: ReadableLogRecord) => Record<string, string>;
  metadata: readonly string[] | false;
  line: 'json' | 'message' | ((record: ReadableLogRecord) => string);
  maxLineBytes: number;
}

/** Loki takes 128 entries of structured metadata for a line, and 64 KiB. */
const MAX_METADATA = 120;
const MAX_METADATA_VALUE = 500;

interface Stream {
  stream: Record<string, string>;
  values: string[];
}

/** Gives the body of a push request. A record is given the same time whenever it is sent again. */
export function lokiBody(options: LokiBodyOptions): (records: readonly ReadableLogRecord[]) => Uint8Array {
  const nanoseconds = spreadTimes();
  const { metadata } = options;
  const moved = new Set(metadata === false ? [] : metadata);

  return (records) => {
    const streams = new Map<string, Stream>();
    for (const record of records) {
      const labels = options.labels(record);
      const key = JSON.stringify(labels);
      let stream = streams.get(key);
      if (stream === undefined) {
        stream = { stream: labels, values: [] };
        streams.set(key, stream);
      }
      stream.values.push(entry(record));
    }
    const texts = [...streams.values()].map(
      ({ stream, values }) => `{"stream":${JSON.stringify(stream)},"values":[${values.join(',')}]}`,
    );
    return Buffer.from(`{"streams":[${texts.join(',')}]}`);
  };

  function entry(record: ReadableLogRecord): string {
    const time = nanoseconds(record);
    const line = JSON.stringify(lineOf(record));
    if (metadata === false) return `["${time}",${line}]`;
    return `["${time}",${line},${JSON.stringify(metadataOf(record))}]`;
  }

  function lineOf(record: ReadableLogRecord): string {
    const { maxLineBytes } = options;
    let text: string;
    if (typeof options.line === 'function') text = textOf(options.line(record));
    else if (options.line === 'message') text = messageOf(record);
    else text = jsonLine(record);
    if (text.length * 3 <= maxLineBytes) return text;
    const bytes = Buffer.byteLength(text);
    if (bytes <= maxLineBytes) return text;
    // Three bytes a UTF-16 unit at most, and what JSON escapes; the rest of the line would be no JSON.
    const message = truncate(messageOf(record), Math.floor((maxLineBytes - 100) / 6));
    return options.line === 'json' ? stringify({ msg: message, truncated: bytes }) : message;
  }

  function jsonLine(record: ReadableLogRecord): string {
    // Loki has the time; the level is a label.
    const { time: _, level: __, ...plain } = plainRecord(record);
    if (metadata !== false) {
      for (const key of ['trace_id', 'span_id', 'trace_flags']) {
        if (record.spanContext !== undefined) delete plain[key];
      }
      for (const key of moved) delete plain[key];
    }
    return stringify(plain);
  }

  function metadataOf(record: ReadableLogRecord): Record<string, string> {
    const entries: Record<string, string> = {};
    const { spanContext } = record;
    if (spanContext !== undefined) {
      entries.trace_id = spanContext.traceId;
      entries.span_id = spanContext.spanId;
    }
    const attributes: LogAttributes = record.attributes ?? {};
    const names = options.line === 'message' ? Object.keys(attributes) : moved;
    let room = MAX_METADATA;
    for (const key of names) {
      const value = attributes[key];
      if (value === undefined || value === null || room-- <= 0) continue;
      const name = lokiName(key);
      if (!Object.hasOwn(entries, name)) entries[name] = truncate(textOf(value), MAX_METADATA_VALUE);
    }
    return entries;
  }
}

/**
 * Times as nanoseconds. Loki takes two equal lines of one moment for one line that was sent twice, and telltale's
 * clock has milliseconds: records of the same moment are set a nanosecond apart, in the order in which they come.
 */
function spreadTimes(): (record: ReadableLogRecord) => string {
  const given = new WeakMap<ReadableLogRecord, string>();
  let last = 0;
  let lastNanos = 0;
  let offset = 0;
  return (record) => {
    const known = given.get(record);
    if (known !== undefined) return known;
    const [seconds, nanos] = timeOf(record);
    offset = seconds === last && nanos === lastNanos ? offset + 1 : 0;
    last = seconds;
    lastNanos = nanos;
    const text = String(BigInt(Math.trunc(seconds)) * 1_000_000_000n + BigInt(Math.trunc(nanos) + offset));
    given.set(record, text);
    return text;
  };
}
