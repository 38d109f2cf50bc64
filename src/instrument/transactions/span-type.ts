import type { Attributes } from '@opentelemetry/api';
import type { ReadableSpan } from '../../trace/index.js';

/** Where the time of a transaction goes: to whom it waited for, or to its own code. */
export type SpanType = 'database' | 'http' | 'rpc' | 'messaging' | 'external' | 'own';

export const SPAN_TYPES: readonly SpanType[] = ['database', 'http', 'rpc', 'messaging', 'external', 'own'];

/** OpenTelemetry's `SpanKind`s of spans that wait for somebody else. */
const CLIENT = 2;
const PRODUCER = 3;

/** What a span that has ended was about, by the attributes that the conventions give it, new and old. */
export function spanType({ kind, attributes }: Pick<ReadableSpan, 'kind' | 'attributes'>): SpanType {
  if (has(attributes, 'db.system.name') || has(attributes, 'db.system')) return 'database';
  if (kind === PRODUCER) return 'messaging';
  if (kind !== CLIENT) return 'own';
  if (has(attributes, 'rpc.system.name') || has(attributes, 'rpc.system')) return 'rpc';
  if (has(attributes, 'messaging.system.name') || has(attributes, 'messaging.system')) return 'messaging';
  return has(attributes, 'http.request.method') || has(attributes, 'http.method') ? 'http' : 'external';
}

function has(attributes: Attributes, key: string): boolean {
  return attributes[key] !== undefined;
}
