import type { Attributes } from '@opentelemetry/api';
import { textOf } from './text.js';

/** Causes followed at most, so that a chain that never ends does. */
const MAX_CAUSES = 16;

/**
 * What OpenTelemetry's semantic conventions keep of an exception: `exception.type`, `.message` and
 * `.stacktrace`; the causes follow in the stack trace, as `Caused by:` sections. Nothing at all when there is
 * neither a type nor a message. Never throws, whatever was thrown.
 *
 * Convention: https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/
 */
export function exceptionAttributes(exception: unknown): Attributes | undefined {
  if (typeof exception === 'string') return { 'exception.message': exception };
  if (exception === null || typeof exception !== 'object') {
    return exception === undefined || exception === null
      ? undefined
      : { 'exception.message': textOf(exception) };
  }
  const attributes: Attributes = {};
  const code = read(exception, 'code');
  const type = isText(code) ? code : read(exception, 'name');
  if (isText(type)) attributes['exception.type'] = String(type);
  const message = read(exception, 'message');
  if (isText(message)) attributes['exception.message'] = String(message);
  if (!isText(type) && !isText(message)) return undefined;
  const stack = stackOf(exception);
  if (stack !== '') attributes['exception.stacktrace'] = stack;
  return attributes;
}

/** What an exception says, for the message of a status. */
export function exceptionMessage(exception: unknown): string {
  if (exception === null || typeof exception !== 'object') return textOf(exception);
  const message = read(exception, 'message');
  return typeof message === 'string' ? message : textOf(exception);
}

function stackOf(exception: object): string {
  const seen = new Set<unknown>();
  let text = '';
  let current: unknown = exception;
  while (current !== undefined && current !== null && !seen.has(current) && seen.size < MAX_CAUSES) {
    seen.add(current);
    const stack = typeof current === 'object' ? read(current, 'stack') : undefined;
    const own = typeof stack === 'string' && stack !== '' ? stack : '';
    if (current === exception) text = own;
    else text += `\nCaused by: ${own || exceptionMessage(current)}`;
    current = typeof current === 'object' ? read(current, 'cause') : undefined;
  }
  return text;
}

function isText(value: unknown): value is string | number {
  return (typeof value === 'string' && value !== '') || (typeof value === 'number' && value !== 0);
}

function read(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}
