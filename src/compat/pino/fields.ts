import { copySafely, isError, readProperty, thrown } from '../../logs/read-safely.js';
import type { SerializerFn } from './serializers.js';

/** The values that have a serializer are replaced, in a copy; what a serializer throws stands in its place. */
export function serialized(
  fields: Readonly<Record<string, unknown>>,
  serializers: Readonly<Record<string, SerializerFn>>,
): Record<string, unknown> {
  let copy: Record<string, unknown> | undefined;
  for (const key in serializers) {
    if (!Object.hasOwn(fields, key)) continue;
    copy ??= copySafely(fields);
    try {
      copy[key] = serializers[key]!(copy[key]);
    } catch (error) {
      copy[key] = thrown(error);
    }
  }
  return copy ?? fields;
}

/** Where no message is given: the one among the fields, or that of the error. */
export function messageIn(fields: object, messageKey: string): { message: unknown; fields: object } {
  const own = readProperty(fields, messageKey);
  if (typeof own === 'string') {
    const { [messageKey]: _, ...rest } = copySafely(fields);
    return { message: own, fields: rest };
  }
  const error = readProperty(fields, 'err');
  return { message: isError(error) ? readProperty(error, 'message') : undefined, fields };
}
