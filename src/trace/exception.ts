import type { Attributes } from '@opentelemetry/api';
import { readSafely } from '../common/attributes.js';
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
  if (exception === undefined || exception === null) return undefined;
  if (typeof exception !== 'object') return { 'exception.message': textOf(exception) };
  const type = textAt(exception, 'code') ?? textAt(exception, 'name');
  const message = textAt(exception, 'message');
  if (type === undefined && message === undefined) return undefined;
  return {
    'exception.type': type,
    'exception.message': message,
    'exception.stacktrace': stackOf(exception),
  };
}

/** What an exception says, for the message of a status. */
export function exceptionMessage(exception: unknown): string {
  const message = readSafely(exception, 'message');
  return typeof message === 'string' ? message : textOf(exception);
}

function stackOf(exception: object): string | undefined {
  let text = textAt(exception, 'stack');
  const seen = new Set<unknown>([exception]);
  let cause = readSafely(exception, 'cause');
  while (cause !== undefined && cause !== null && !seen.has(cause) && seen.size < MAX_CAUSES) {
    seen.add(cause);
    text = `${text ?? ''}\nCaused by: ${textAt(cause, 'stack') ?? exceptionMessage(cause)}`;
    cause = readSafely(cause, 'cause');
  }
  return text;
}

/** A property that says something: a text that is not empty, or a number that is not 0. */
function textAt(value: unknown, key: string): string | undefined {
  const found = readSafely(value, key);
  return (typeof found === 'string' || typeof found === 'number') && found ? String(found) : undefined;
}
