import type { ContextManager } from '@opentelemetry/api';
import { processContexts } from '../common/context.js';
import { AN_OBJECT, checkMethods, checkRule } from '../common/options.js';
import { type ContextFields, contextFields, FIELDS_KEY } from './context-fields.js';
import { copySafely } from './read-safely.js';

/** The part of a context manager that `withContext` needs. */
export type ContextCarrier = Pick<ContextManager, 'active' | 'with'>;

/**
 * Runs a function in whose lines, and in those of everything it starts and awaits, the given fields stand,
 * whichever logger writes them. Inner calls add to outer ones. Fields of the call and of the logger hide them.
 *
 * ```ts
 * withContext({ requestId }, async () => {
 *   logger.info('started');           // carries requestId
 * });
 * ```
 *
 * @param contexts A context manager of your own, where the loggers have one. Default: that of the process.
 */
export function withContext<R>(fields: object, fn: () => R, contexts: ContextCarrier = processContexts()): R {
  checkRule('withContext', 'fields', fields, AN_OBJECT);
  checkMethods('withContext', 'contexts', contexts, ['active', 'with']);
  const active = contexts.active();
  const outer = active.getValue(FIELDS_KEY) as ContextFields | undefined;
  const all = { ...outer?.fields, ...copySafely(fields) };
  return contexts.with(active.setValue(FIELDS_KEY, contextFields(all)), fn) as R;
}
