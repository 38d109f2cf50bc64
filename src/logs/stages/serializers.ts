import { invalidOption } from '../../common/errors.js';
import type { Fields } from '../log-call.js';
import { copySafely, readProperty, thrown } from '../read-safely.js';
import type { LogStage } from '../stage.js';

/** Says what is written for a value. */
export type Serializer = (value: never) => unknown;

/**
 * How values under certain keys are written, as pino's serializers do: for the option `serializers` of a logger.
 *
 * ```ts
 * new Logger({
 *   serializers: serializers({
 *     user: (user: User) => ({ id: user.id }),
 *     amount: (cents: number) => cents / 100,
 *   }),
 * });
 * ```
 *
 * They are asked for fields of the line, of children and of contexts, not for what is inside of other objects.
 * `undefined` leaves the field out; what a serializer throws stands in its place.
 *
 * @throws TelltaleError for a serializer that is not a function
 */
export function serializers(byKey: Readonly<Record<string, Serializer>>): LogStage {
  if (typeof byKey !== 'object' || byKey === null) {
    throw invalidOption('serializers', 'byKey', byKey, 'an object of functions');
  }
  const all = Object.entries(byKey);
  for (const [key, serializer] of all) {
    if (typeof serializer !== 'function') throw invalidOption('serializers', key, serializer, 'a function');
  }

  function serialized(fields: Fields): Fields {
    let copy: Record<string, unknown> | undefined;
    for (const [key, serializer] of all) {
      if (!has(fields, key)) continue;
      copy ??= copySafely(fields);
      copy[key] = call(serializer, readProperty(fields, key));
    }
    return copy ?? fields;
  }

  return {
    process(draft) {
      if (draft.fields !== undefined) draft.fields = serialized(draft.fields);
      return true;
    },
    bind: serialized,
  };
}

function has(fields: Fields, key: string): boolean {
  try {
    return Object.hasOwn(fields, key);
  } catch {
    return false; // a Proxy
  }
}

function call(serializer: Serializer, value: unknown): unknown {
  try {
    return (serializer as (value: unknown) => unknown)(value);
  } catch (error) {
    return thrown(error);
  }
}
