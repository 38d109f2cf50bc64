import type { ProtobufWriter } from './protobuf-writer.js';

/** Values nested deeper than this are cut off; a value that contains itself is, too. */
const MAX_DEPTH = 20;

/** A list of `KeyValue`. */
export function encodeAttributes(
  writer: ProtobufWriter,
  field: number,
  attributes: object | undefined | null,
  depth = MAX_DEPTH,
): void {
  if (attributes === undefined || attributes === null) return;
  const keys = Object.keys(attributes);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    encodeKeyValue(writer, field, key, (attributes as Record<string, unknown>)[key], depth);
  }
}

/** The same from `[key, value, key, value, …]`, of which the first `used` places count. */
export function encodeFlatAttributes(
  writer: ProtobufWriter,
  field: number,
  flat: readonly unknown[],
  used: number,
): void {
  for (let i = 0; i < used; i += 2) encodeKeyValue(writer, field, flat[i], flat[i + 1], MAX_DEPTH);
}

function encodeKeyValue(
  writer: ProtobufWriter,
  field: number,
  key: unknown,
  value: unknown,
  depth: number,
): void {
  const mark = writer.begin(field);
  writer.string(1, key);
  encodeAnyValue(writer, 2, value, depth);
  writer.end(mark);
}

/**
 * `AnyValue`. Whole numbers that a double holds exactly are ints, all others doubles. Null and undefined are an
 * empty value, which OTLP has a meaning for; what is none of its kinds becomes text.
 */
export function encodeAnyValue(
  writer: ProtobufWriter,
  field: number,
  value: unknown,
  depth = MAX_DEPTH,
): void {
  const mark = writer.begin(field);
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) writer.int64(3, value);
    else writer.double(4, value);
  } else if (typeof value === 'boolean') writer.int64(2, value ? 1 : 0);
  else if (typeof value !== 'object') {
    if (value !== undefined) writer.string(1, value, true);
  } else if (value !== null) encodeObject(writer, value, depth - 1);
  writer.end(mark);
}

function encodeObject(writer: ProtobufWriter, value: object, depth: number): void {
  if (depth < 0) writer.string(1, '[nested too deep]');
  else if (value instanceof Uint8Array) writer.bytes(7, value);
  else {
    const list = Array.isArray(value);
    const mark = writer.begin(list ? 5 : 6);
    if (list) for (let i = 0; i < value.length; i++) encodeAnyValue(writer, 1, value[i], depth);
    else encodeAttributes(writer, 1, value, depth);
    writer.end(mark);
  }
}
