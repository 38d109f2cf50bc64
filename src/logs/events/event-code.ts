import { type Packed, pack } from '../key-table.js';
import { quote } from '../quote.js';
import type { JsonSchema } from './schema.js';

/** What the code of an event refers to by number. */
export interface EventCode {
  readonly source: string;
  readonly keys: readonly Packed[];
  readonly serializers: readonly ((value: unknown) => string)[];
}

const SCALARS: readonly unknown[] = ['string', 'number', 'integer', 'boolean', 'null'];

/** Objects within objects that code is made for; deeper ones are left to `putValue`, which has a limit of its own. */
const MAX_NESTED = 8;

/**
 * The body of a function that puts values at `at` and leaves `at` behind them. It refers to `put` (bytes of a key),
 * `putValue` (any value), `isPlain`, `stop` (the position from which a line is too long), `tooLong`, and to `keys`
 * and `serializers` by their numbers. Names stand in it as JSON.
 *
 * Objects and arrays begin each member with a comma; the first comma becomes the bracket when all are there.
 *
 * @param serializerOf compiles what there is no code for; it is told the path
 */
export function eventCode(
  properties: Readonly<Record<string, JsonSchema>>,
  packedKey: (name: string) => Packed,
  serializerOf: (schema: JsonSchema, path: string) => (value: unknown) => string,
): EventCode {
  const keys: Packed[] = [];
  const serializers: ((value: unknown) => string)[] = [];
  let variables = 0;
  const source = members(properties, 'fields', packedKey, 'properties', 0);
  return { source, keys, serializers };

  function members(
    all: Readonly<Record<string, JsonSchema>>,
    owner: string,
    packed: (name: string) => Packed,
    path: string,
    depth: number,
  ): string {
    return Object.keys(all)
      .map((name) => {
        const value = `v${variables++}`;
        const key = keys.push(packed(name)) - 1;
        const write = valueCode(all[name]!, value, `${path}.${name}`, depth);
        return (
          `const ${value} = ${owner}[${JSON.stringify(name)}]; ` +
          `if (${value} !== undefined) { at = put(buffer, at, keys[${key}]); ${write} }`
        );
      })
      .join('\n');
  }

  function valueCode(schema: JsonSchema, value: string, path: string, depth: number): string {
    const generic = `at = putValue(buffer, at, ${value});`;
    if (isScalar(schema) || depth >= MAX_NESTED) return generic;
    const { type, properties: own, items } = schema;
    const start = `s${variables++}`;
    if (type === 'object' && own !== undefined && !schema.additionalProperties && !hasChoices(schema)) {
      const inner = members(own, value, (name) => pack(',', `${quote(name)}:`), path, depth + 1);
      return (
        `if (!isPlain(${value})) ${generic} else { const ${start} = at; ${inner} ` +
        `at = close(buffer, at, ${start}, 0x7b, 0x7d); }`
      );
    }
    if (type === 'array' && items !== undefined && !hasChoices(schema)) {
      const item = `v${variables++}`;
      const inner = valueCode(items, item, `${path}.items`, depth + 1);
      return (
        `if (!isShortList(${value})) ${generic} else { const ${start} = at; ` +
        `for (let i = 0; i < ${value}.length; i++) { if (at > stop) throw tooLong; ` +
        `const ${item} = ${value}[i]; at = comma(buffer, at); ${inner} } ` +
        `at = close(buffer, at, ${start}, 0x5b, 0x5d); }`
      );
    }
    const number = serializers.push(serializerOf(schema, path)) - 1;
    return `at = buffer.putText(at, serializers[${number}](${value}));`;
  }
}

/** What `putValue` writes by itself, whatever of it comes. */
function isScalar(schema: JsonSchema): boolean {
  const { type, enum: values, const: value, format } = schema;
  if (values !== undefined || value !== undefined) return true;
  if (format !== undefined && /^(date-time|date|time)$/.test(format)) return true;
  return type !== undefined && [type].flat().every((one) => SCALARS.includes(one));
}

function hasChoices({ anyOf, oneOf }: JsonSchema): boolean {
  return anyOf !== undefined || oneOf !== undefined;
}
