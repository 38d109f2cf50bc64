import type { Attributes, AttributeValue } from '@opentelemetry/api';

/**
 * An attribute value as OpenTelemetry allows it, strings cut to `maxLength` UTF-16 units, arrays copied; or
 * `undefined` for what is not an attribute value (an object, a function, a mixed array). Never throws.
 *
 * Specification: https://opentelemetry.io/docs/specs/otel/common/#attribute
 */
export function attributeValue(value: unknown, maxLength: number): AttributeValue | undefined {
  switch (typeof value) {
    case 'string':
      return truncate(value, maxLength);
    case 'number':
    case 'boolean':
      return value;
    case 'object':
      return Array.isArray(value) ? attributeArray(value, maxLength) : undefined;
    default:
      return undefined;
  }
}

/** Cuts a string without leaving half of a surrogate pair at its end. */
export function truncate(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const last = text.charCodeAt(maxLength - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splitsPair ? maxLength - 1 : maxLength);
}

/** A clean copy of a whole attributes object: invalid values are left out, and a getter that throws too. */
export function cleanAttributes(attributes: unknown, maxLength = Infinity): Attributes {
  const clean: Attributes = {};
  if (attributes === null || typeof attributes !== 'object') return clean;
  for (const key of keysOf(attributes)) {
    const value = attributeValue(readSafely(attributes, key), maxLength);
    if (value !== undefined && key !== '') define(clean, key, value);
  }
  return clean;
}

/** `__proto__` is a key like any other; plain assignment would take it for the prototype. */
export function define(attributes: Attributes, key: string, value: AttributeValue): void {
  if (key !== '__proto__') attributes[key] = value;
  else
    Object.defineProperty(attributes, key, { value, configurable: true, enumerable: true, writable: true });
}

/** A property of an object; `undefined` where reading it throws. */
export function readSafely(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

/** Homogeneous arrays only, with null and undefined allowed inside, as the specification has it. */
function attributeArray(array: unknown[], maxLength: number): AttributeValue | undefined {
  try {
    const copy: unknown[] = [];
    let type: string | undefined;
    for (let i = 0; i < array.length; i++) {
      const element = array[i];
      if (element === null || element === undefined) {
        copy.push(element);
        continue;
      }
      type ??= typeof element;
      if (typeof element !== type) return undefined;
      if (type === 'string') copy.push(truncate(element as string, maxLength));
      else if (type === 'number' || type === 'boolean') copy.push(element);
      else return undefined;
    }
    return copy as AttributeValue;
  } catch {
    return undefined; // a proxy or a getter among the elements
  }
}

function keysOf(value: object): string[] {
  try {
    return Object.keys(value);
  } catch {
    return [];
  }
}
