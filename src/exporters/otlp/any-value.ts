import type { OtlpWriter } from './otlp-writer.js';

/** Values nested deeper than this are cut off; a value that contains itself is, too. */
const MAX_DEPTH = 20;

/** The fields of a list of key-values: their number differs from message to message. */
export function encodeAttributes(
  writer: OtlpWriter,
  field: number,
  name: string,
  attributes: Readonly<Record<string, unknown>> | undefined,
): void {
  if (attributes === undefined || attributes === null) return;
  const keys = Object.keys(attributes);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    encodeKeyValue(writer, field, name, key, attributes[key], MAX_DEPTH);
  }
}

/** The same from `[key, value, key, value, …]`, of which the first `used` places count. */
export function encodeFlatAttributes(
  writer: OtlpWriter,
  field: number,
  name: string,
  flat: readonly unknown[],
  used: number,
): void {
  for (let i = 0; i < used; i += 2) {
    encodeKeyValue(writer, field, name, flat[i] as string, flat[i + 1], MAX_DEPTH);
  }
}

/** A field that holds any value. */
export function encodeAnyValueField(writer: OtlpWriter, field: number, name: string, value: unknown): void {
  const mark = writer.begin(field, name);
  encodeAnyValue(writer, value, MAX_DEPTH);
  writer.end(name, mark);
}

function encodeKeyValue(
  writer: OtlpWriter,
  field: number,
  name: string,
  key: string,
  value: unknown,
  depth: number,
): void {
  const mark = writer.begin(field, name);
  writer.string(1, 'key', key);
  const valueMark = writer.begin(2, 'value');
  encodeAnyValue(writer, value, depth);
  writer.end('value', valueMark);
  writer.endItem(name, mark);
}

/**
 * `AnyValue`. Whole numbers that a double holds exactly are ints, all others doubles. Null and undefined are an
 * empty value, which OTLP has a meaning for; what is none of its kinds becomes text.
 */
function encodeAnyValue(writer: OtlpWriter, value: unknown, depth: number): void {
  switch (typeof value) {
    case 'string':
      writer.alwaysString(1, 'stringValue', value);
      return;
    case 'number':
      if (Number.isSafeInteger(value)) writer.alwaysInt64(3, 'intValue', value);
      else writer.alwaysDouble(4, 'doubleValue', value);
      return;
    case 'boolean':
      writer.alwaysBool(2, 'boolValue', value);
      return;
    case 'object':
      if (value !== null) encodeComposite(writer, value, depth);
      return;
    case 'undefined':
      return;
    default:
      writer.alwaysString(1, 'stringValue', String(value));
  }
}

function encodeComposite(writer: OtlpWriter, value: object, depth: number): void {
  if (depth === 0) {
    writer.alwaysString(1, 'stringValue', '[nested too deep]');
    return;
  }
  if (value instanceof Uint8Array) {
    writer.bytes(7, 'bytesValue', value);
    return;
  }
  const list = Array.isArray(value);
  const name = list ? 'arrayValue' : 'kvlistValue';
  const mark = writer.begin(list ? 5 : 6, name);
  if (list) {
    for (let i = 0; i < value.length; i++) {
      const item = writer.begin(1, 'values');
      encodeAnyValue(writer, value[i], depth - 1);
      writer.endItem('values', item);
    }
  } else {
    const keys = Object.keys(value);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      encodeKeyValue(writer, 1, 'values', key, (value as Record<string, unknown>)[key], depth - 1);
    }
  }
  writer.end(name, mark);
}
