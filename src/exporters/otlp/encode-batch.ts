import type { Exportable, InstrumentationScope } from '../../common/export.js';
import type { Resource } from '../../common/resource.js';
import { encodeAttributes } from './any-value.js';
import type { ProtobufWriter } from './protobuf-writer.js';

/** Bytes kept free for the length of what stands above the records: from 2 MiB on it is moved, once. */
const LARGE = 3;

/** What stands between a request and its records, in all signals with the same numbers. */
type Envelope = Resource | Scope | undefined | null;

/** A scope may carry attributes; OpenTelemetry's logs SDK has them. */
type Scope = InstrumentationScope & {
  attributes?: object;
  droppedAttributesCount?: number;
};

/**
 * Writes records under their resources and scopes. What cannot be read (a getter that throws) is left out,
 * whole, and the number of such records is given back.
 */
export function encodeBatch<R extends Exportable>(
  writer: ProtobufWriter,
  records: readonly R[],
  encode: (writer: ProtobufWriter, record: R) => void,
): number {
  // By identity: the records of one tracer share their resource and scope. Mostly there is one of each.
  const resources = new Map<Resource, Map<InstrumentationScope, R[]>>();
  let lastResource: Resource | undefined;
  let lastScope: InstrumentationScope | undefined;
  let list: R[] = [];
  let unreadable = 0;
  for (const record of records) {
    try {
      const { resource, instrumentationScope: scope } = record;
      if (resource !== lastResource || scope !== lastScope) {
        const scopes = resources.get(resource) ?? new Map<InstrumentationScope, R[]>();
        resources.set(resource, scopes);
        list = scopes.get(scope) ?? [];
        scopes.set(scope, list);
        lastResource = resource;
        lastScope = scope;
      }
      list.push(record);
    } catch {
      unreadable++;
    }
  }
  for (const [resource, scopes] of resources) unreadable += encodeScopes(writer, resource, scopes, encode);
  return unreadable;
}

/** Writes one `ResourceSpans` or its kin; gives the number of records that could not be read. */
export function encodeScopes<R>(
  writer: ProtobufWriter,
  resource: Resource,
  scopes: Iterable<readonly [InstrumentationScope, readonly R[]]>,
  encode: (writer: ProtobufWriter, record: R) => void,
): number {
  let unreadable = 0;
  const mark = writer.begin(1, LARGE);
  encodeHead(writer, resource, 1);
  for (const [scope, records] of scopes) {
    const scopeMark = writer.begin(2, LARGE);
    encodeHead(writer, scope, 3);
    for (let i = 0; i < records.length; i++) {
      const { at } = writer;
      try {
        // Most records take 128 bytes and more: two for the length save moving them.
        const recordMark = writer.begin(2, 2);
        encode(writer, records[i]!);
        writer.end(recordMark, 2);
      } catch {
        writer.at = at;
        unreadable++;
      }
    }
    writer.string(3, scope?.schemaUrl);
    writer.end(scopeMark, LARGE);
  }
  writer.string(3, resource?.schemaUrl);
  writer.end(mark, LARGE);
  return unreadable;
}

/** The resource or the scope itself; a resource has neither name nor version. */
function encodeHead(writer: ProtobufWriter, head: Envelope, attributes: 1 | 3): void {
  const mark = writer.begin(1);
  const { at } = writer;
  try {
    if (attributes === 3) {
      writer.string(1, (head as Scope).name);
      writer.string(2, (head as Scope).version);
      writer.uint32(4, (head as Scope).droppedAttributesCount);
    }
    encodeAttributes(writer, attributes, head?.attributes);
  } catch {
    writer.at = at;
  }
  writer.end(mark);
}
