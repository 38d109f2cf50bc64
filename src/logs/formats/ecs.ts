import { define } from '../any-value.js';
import type { LogFormat } from '../log-call.js';
import { stringify } from '../stringify.js';
import { callParts } from './call-parts.js';

/** The version of the schema whose names are used. */
const ECS_VERSION = '8.11.0';

/** Names that the format writes itself, or that are objects in the schema and would clash in an index. */
const RESERVED =
  /^(@timestamp|message|(ecs|log|service|trace|span|transaction|error|process|host)(\..*)?)_*$/;

const SERVICE = {
  'service.name': 'service.name',
  'service.version': 'service.version',
  'deployment.environment.name': 'service.environment',
  'service.instance.id': 'service.node.name',
  'host.name': 'host.name',
  'process.pid': 'process.pid',
} as const;

/**
 * JSON in the names of the Elastic Common Schema, for Elasticsearch and Kibana without a pipeline between:
 *
 * ```json
 * {"@timestamp":"2026-11-21T20:30:00.123Z","log.level":"info","message":"order placed","ecs.version":"8.11.0",
 *  "service.name":"checkout","trace.id":"…","span.id":"…","orderId":7}
 * ```
 *
 * An error under `err` becomes `error.type`, `error.message` and `error.stack_trace`; the name of the logger
 * `log.logger`. Other fields stay as they are; one that has a name of the schema's gets an underscore at its end.
 *
 * Specification: https://www.elastic.co/docs/reference/ecs, https://github.com/elastic/ecs-logging
 */
export function ecs(): LogFormat {
  return (call) => {
    const { time, name, error, fields } = callParts(call);
    const line: Record<string, unknown> = {
      '@timestamp': time,
      'log.level': call.level,
      message: call.message,
      'ecs.version': ECS_VERSION,
    };
    if (name !== '') line['log.logger'] = name;
    const attributes = call.source.resource?.attributes ?? {};
    for (const [from, to] of Object.entries(SERVICE)) {
      if (attributes[from] !== undefined) line[to] = attributes[from];
    }
    const { spanContext } = call;
    if (spanContext !== undefined) {
      line['trace.id'] = spanContext.traceId;
      line['span.id'] = spanContext.spanId;
    }
    if (error !== undefined) {
      line['error.type'] = error.type;
      line['error.message'] = error.message;
      line['error.stack_trace'] = error.stack;
      if (Object.keys(error.rest).length > 0) line.err = error.rest;
    }
    for (const key of Object.keys(fields)) define(line, RESERVED.test(key) ? `${key}_` : key, fields[key]);
    return `${stringify(line)}\n`;
  };
}
