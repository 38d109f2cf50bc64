import type { AnyValue, LogAttributes, ReadableLogRecord } from '../../logs/readable-log-record.js';
import { stringify } from '../../logs/stringify.js';
import { isoTime, levelOf, messageOf } from '../record-json.js';

/** Attributes that Elastic Common Schema has another name for. */
const ECS_NAMES: Record<string, string> = {
  'exception.type': 'error.type',
  'exception.message': 'error.message',
  'exception.stacktrace': 'error.stack_trace',
};

/** What of the resource ECS has a field for. */
const RESOURCE_NAMES: Record<string, string> = {
  'service.name': 'service.name',
  'service.version': 'service.version',
  'service.instance.id': 'service.node.name',
  'deployment.environment.name': 'service.environment',
  'host.name': 'host.name',
  'process.pid': 'process.pid',
};

/**
 * A log record as a document of Elastic Common Schema: `@timestamp`, `message`, `log.level`, `trace.id`,
 * `span.id`, `error.*`, `service.*`, `host.name`. What ECS has no name for stands under `labels`; objects there are
 * JSON text, so that a field that is an object once and a word another time is no conflict of mappings.
 *
 * Schema: https://www.elastic.co/docs/reference/ecs
 */
export function ecsDocument(record: ReadableLogRecord): Record<string, unknown> {
  const document: Record<string, unknown> = {
    '@timestamp': isoTime(record),
    'log.level': levelOf(record),
    message: messageOf(record),
    'ecs.version': '8.11.0',
    'log.logger': record.instrumentationScope?.name || undefined,
  };
  if (record.eventName) document['event.action'] = record.eventName;
  const context = record.spanContext;
  if (context !== undefined) {
    document['trace.id'] = context.traceId;
    document['span.id'] = context.spanId;
  }
  const resource = (record.resource?.attributes ?? {}) as LogAttributes;
  for (const [key, name] of Object.entries(RESOURCE_NAMES)) {
    if (resource[key] !== undefined) document[name] = resource[key];
  }
  const labels: Record<string, unknown> = {};
  for (const key of Object.keys(record.attributes ?? {})) {
    const name = Object.hasOwn(ECS_NAMES, key) ? ECS_NAMES[key] : undefined;
    if (name !== undefined) document[name] = record.attributes[key];
    // ECS wants no dots in the names of labels; each would be an object.
    else {
      Object.defineProperty(labels, key.replaceAll('.', '_'), {
        value: flat(record.attributes[key]),
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
  }
  if (Object.keys(labels).length > 0) document.labels = labels;
  return document;
}

/** Plain values and lists of them; anything deeper as text. */
function flat(value: AnyValue): AnyValue {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value) && value.every((member) => typeof member !== 'object')) return value;
  return stringify(value);
}
