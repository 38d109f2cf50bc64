import type { Attributes, AttributeValue } from '@opentelemetry/api';

/**
 * An attribute value as OpenTelemetry allows it, strings cut to `maxLength` UTF-16 units, arrays copied; or
 * `undefined` for what is not an attribute value (an object, a function, a mixed array). Never throws.
 *
 * Specification: https://opentelemetry.io/docs/specs/otel/common/#attribute
 */
export function attributeValue(value: unknown, maxLength: number): AttributeValue | undefined {
  if (typeof value !== 'object') return primitive(value, maxLength);
  try {
    return Array.isArray(value) ? attributeArray(value, maxLength) : undefined;
  } catch {
    return undefined; // a proxy or a getter among the elements
  }
}

function primitive(value: unknown, maxLength: number): string | number | boolean | undefined {
  if (typeof value === 'string') return truncate(value, maxLength);
  return typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
}

/** Cuts a string without leaving half of a surrogate pair at its end. */
export function truncate(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const splitsPair = (text.charCodeAt(maxLength - 1) & 0xfc00) === 0xd800;
  return text.slice(0, splitsPair ? maxLength - 1 : maxLength);
}

/** A clean copy of a whole attributes object: invalid values are left out, and a getter that throws too. */
export function cleanAttributes(attributes: unknown, maxLength = Infinity): Attributes {
  const clean: Attributes = {};
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
export function readSafely(value: unknown, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

/** Homogeneous arrays only, with null and undefined allowed inside, as the specification has it. */
function attributeArray(array: unknown[], maxLength: number): AttributeValue | undefined {
  const copy: unknown[] = [];
  let type: string | undefined;
  for (let i = 0; i < array.length; i++) {
    const element = array[i];
    const kept = primitive(element, maxLength);
    if (element !== null && element !== undefined) {
      type ??= typeof element;
      if (kept === undefined || typeof element !== type) return undefined;
    }
    copy.push(element === null ? null : kept);
  }
  return copy as AttributeValue;
}

function keysOf(value: unknown): string[] {
  try {
    return typeof value === 'object' ? Object.keys(value!) : [];
  } catch {
    return []; // null, or a proxy
  }
}
