import { FIXED32, FIXED64, LENGTH, VARINT } from './protobuf-writer.js';

/**
 * OTLP's messages: the names of the fields in the order of their numbers, each with its kind. No kind is text, or
 * a plain number where the wire says so. `bool`, `sint` and `int` are varints (64-bit numbers are decimal text in
 * JSON), `double` is one; `hex` and `base64` are bytes; `ints`, `fixeds` and `doubles` are packed lists; another
 * message stands by its name, with a `*` where there may be many.
 *
 * Schema: https://github.com/open-telemetry/opentelemetry-proto
 */
const SCHEMA = {
  traces: 'resourceSpans:ResourceSpans*',
  ResourceSpans: 'resource:Resource scopeSpans:ScopeSpans* schemaUrl',
  ScopeSpans: 'scope:Scope spans:Span* schemaUrl',
  Span: 'traceId:hex spanId:hex traceState parentSpanId:hex name kind startTimeUnixNano endTimeUnixNano attributes:KeyValue* droppedAttributesCount events:Event* droppedEventsCount links:Link* droppedLinksCount status:Status flags',
  Event: 'timeUnixNano name attributes:KeyValue* droppedAttributesCount',
  Link: 'traceId:hex spanId:hex traceState attributes:KeyValue* droppedAttributesCount flags',
  Status: '- message code',

  logs: 'resourceLogs:ResourceLogs*',
  ResourceLogs: 'resource:Resource scopeLogs:ScopeLogs* schemaUrl',
  ScopeLogs: 'scope:Scope logRecords:LogRecord* schemaUrl',
  LogRecord:
    'timeUnixNano severityNumber severityText - body:AnyValue attributes:KeyValue* droppedAttributesCount flags traceId:hex spanId:hex observedTimeUnixNano eventName',

  metrics: 'resourceMetrics:ResourceMetrics*',
  ResourceMetrics: 'resource:Resource scopeMetrics:ScopeMetrics* schemaUrl',
  ScopeMetrics: 'scope:Scope metrics:Metric* schemaUrl',
  Metric:
    'name description unit - gauge:Data - sum:Data - histogram:Histogram exponentialHistogram:Exponential',
  Data: 'dataPoints:Point* aggregationTemporality isMonotonic:bool',
  Point: '- startTimeUnixNano timeUnixNano asDouble:double exemplars:Exemplar* asInt attributes:KeyValue*',
  Histogram: 'dataPoints:HistogramPoint* aggregationTemporality',
  HistogramPoint:
    '- startTimeUnixNano timeUnixNano count sum:double bucketCounts:fixeds explicitBounds:doubles exemplars:Exemplar* attributes:KeyValue* - min:double max:double',
  Exponential: 'dataPoints:ExponentialPoint* aggregationTemporality',
  ExponentialPoint:
    'attributes:KeyValue* startTimeUnixNano timeUnixNano count sum:double scale:sint zeroCount positive:Buckets negative:Buckets - exemplars:Exemplar* min:double max:double zeroThreshold:double',
  Buckets: 'offset:sint bucketCounts:ints',
  Exemplar: '- timeUnixNano asDouble:double spanId:hex traceId:hex - filteredAttributes:KeyValue*',

  Resource: 'attributes:KeyValue*',
  Scope: 'name version attributes:KeyValue* droppedAttributesCount',
  KeyValue: 'key value:AnyValue',
  AnyValue:
    'stringValue boolValue:bool intValue:int doubleValue:double arrayValue:Array kvlistValue:Pairs bytesValue:base64',
  Array: 'values:AnyValue*',
  Pairs: 'values:KeyValue*',
};

export type Message = keyof typeof SCHEMA;

type Tree = { [name: string]: unknown };

interface Field {
  readonly key: string;
  readonly kind: string;
  /** It may come again. */
  readonly many: boolean;
}

/** The messages that were met so far: their fields by number, from 1. */
const known: { [message: string]: Field[] } = {};

const UNKNOWN: Field = { key: '', kind: '', many: false };

/**
 * Reads protobuf into what OTLP's JSON says of it. This is how JSON is written, too: the encoders know one format
 * and the names stand here only. Not the fast way; JSON is for looking at.
 *
 * Specification: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 *
 * @throws RangeError where the bytes cannot be read
 */
export function readProtobuf(bytes: Uint8Array, message: Message): Tree {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  return tree(message, buffer.length);

  function tree(name: Message, end: number): Tree {
    known[name] ??= SCHEMA[name].split(' ').map((field) => {
      const [key = '', kind = ''] = field.split(':');
      return { key, kind: kind.replace('*', ''), many: kind.endsWith('*') };
    });
    const fields = known[name];
    const result: Tree = {};
    while (at < end) {
      const tag = varint();
      const { key, kind, many } = fields[(tag >>> 3) - 1] ?? UNKNOWN;
      const value = (tag & 7) === LENGTH ? delimited(kind, varint()) : number(tag & 7, kind);
      if (!many) result[key] = value;
      else if (result[key] === undefined) result[key] = [value];
      else (result[key] as unknown[]).push(value);
    }
    return result;
  }

  function delimited(kind: string, length: number): unknown {
    const end = at + length;
    // A length below zero would lead back to where this began, for ever.
    if (!(length >= 0 && end <= buffer.length)) throw new RangeError('no protobuf');
    if (kind in SCHEMA) return tree(kind as Message, end);
    if (kind.endsWith('s')) {
      const values: unknown[] = [];
      while (at < end) values.push(number(kind === 'ints' ? VARINT : FIXED64, kind));
      return values;
    }
    const text = buffer.toString((kind || 'utf8') as BufferEncoding, at, end);
    at = end;
    return text;
  }

  function number(wire: number, kind: string): unknown {
    if (wire === VARINT) {
      const value = varint();
      if (kind === 'bool') return value === 1;
      if (kind === 'sint') return (value >>> 1) ^ -(value & 1);
      return kind.startsWith('int') ? String(BigInt(value)) : value;
    }
    if (wire !== FIXED64 && wire !== FIXED32) throw new RangeError('no protobuf');
    const start = at;
    at += wire === FIXED64 ? 8 : 4;
    if (wire === FIXED32) return buffer.readUInt32LE(start);
    if (!kind.startsWith('double')) return String(buffer.readBigInt64LE(start));
    const value = buffer.readDoubleLE(start);
    // JSON has no such numbers; protobuf's mapping spells them out.
    return Number.isFinite(value) ? value : String(value);
  }

  /** A safe integer; a negative one is read by its complement, for a double does not hold 2⁶⁴ less a little. */
  function varint(): number {
    let value = 0;
    let complement = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = buffer[at++];
      if (byte === undefined) throw new RangeError('no protobuf');
      value += (byte & 127) * factor;
      if (byte < 128) return factor < 2 ** 63 ? value : -1 - complement;
      complement += (~byte & 127) * factor;
    }
  }
}
