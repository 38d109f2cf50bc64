import type { ContextManager } from '@opentelemetry/api';
import { processContexts } from '../common/context.js';
import { Diagnostics } from '../common/diagnostics.js';
import { invalidOption } from '../common/errors.js';
import { AN_OBJECT, checkMethods } from '../common/options.js';
import { type ContextFields, contextFields, FIELDS_KEY } from './context-fields.js';
import { copySafely } from './read-safely.js';

/** The part of a context manager that `withContext` needs. */
export type ContextCarrier = Pick<ContextManager, 'active' | 'with'>;

const diagnostics = /* @__PURE__ */ new Diagnostics();

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
 * What is no object gives no fields, and a process warning says so: fields come from requests, and the function is run
 * whatever came.
 *
 * @param contexts A context manager of your own, where the loggers have one. Default: that of the process.
 */
export function withContext<R>(fields: object, fn: () => R, contexts: ContextCarrier = processContexts()): R {
  checkMethods('withContext', 'contexts', contexts, ['active', 'with']);
  const active = contexts.active();
  const outer = active.getValue(FIELDS_KEY) as ContextFields | undefined;
  if (!AN_OBJECT[1](fields)) {
    const error = invalidOption('withContext', 'fields', fields, AN_OBJECT[0]);
    diagnostics.report('invalid_fields', 'withContext', 'lines have no fields of their context', error);
    return fn();
  }
  const all = { ...outer?.fields, ...copySafely(fields) };
  return contexts.with(active.setValue(FIELDS_KEY, contextFields(all)), fn) as R;
}
