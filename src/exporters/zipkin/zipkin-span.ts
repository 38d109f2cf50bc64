import type { AttributeValue, HrTime } from '@opentelemetry/api';
import type { ReadableSpan } from '../../trace/readable-span.js';

/** A span as Zipkin's API takes it: https://zipkin.io/zipkin-api/#/default/post_spans */
export interface ZipkinSpan {
  traceId: string;
  id: string;
  parentId?: string;
  name: string;
  /** Left out for work inside a process. */
  kind?: 'CLIENT' | 'SERVER' | 'PRODUCER' | 'CONSUMER';
  /** Microseconds since the Unix epoch. */
  timestamp: number;
  /** Microseconds, at least 1. */
  duration: number;
  localEndpoint: ZipkinEndpoint;
  remoteEndpoint?: ZipkinEndpoint;
  annotations?: { timestamp: number; value: string }[];
  tags: Record<string, string>;
}

export interface ZipkinEndpoint {
  serviceName?: string;
  ipv4?: string;
  ipv6?: string;
  port?: number;
}

/** By OpenTelemetry's number of the kind. */
const KINDS = [undefined, 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'] as const;
const CLIENT = 2;
const PRODUCER = 3;

const STATUS = ['', 'OK', 'ERROR'];
const ERROR = 2;

/**
 * Attributes that name the other side of a call, the best first; with those that hold its port.
 * https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/zipkin/#remote-endpoint
 */
const REMOTE = [
  ['peer.service'],
  ['server.address', 'server.port'],
  ['net.peer.name', 'net.peer.port'],
  ['network.peer.address', 'network.peer.port'],
  ['server.socket.domain'],
  ['server.socket.address', 'server.socket.port'],
  ['net.sock.peer.name'],
  ['net.sock.peer.addr', 'net.sock.peer.port'],
  ['peer.hostname'],
  ['peer.address'],
  ['db.namespace'],
  ['db.name'],
] as const;

/** Numbers of what a span had to leave out, by the tag that tells of them. */
const DROPPED = {
  'otel.dropped_attributes_count': 'droppedAttributesCount',
  'otel.dropped_events_count': 'droppedEventsCount',
  'otel.dropped_links_count': 'droppedLinksCount',
} as const;

/**
 * A span in Zipkin's terms. What Zipkin has no place for (links, trace state) is left out.
 *
 * Specification: https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/zipkin/
 */
export function toZipkinSpan(span: ReadableSpan, serviceName?: string): ZipkinSpan {
  const { traceId, spanId } = span.spanContext();
  const { resource, attributes, events, kind } = span;
  const parentId = span.parentSpanContext?.spanId;
  const remote = kind === CLIENT || kind === PRODUCER ? remoteEndpoint(attributes) : undefined;
  return {
    traceId,
    id: spanId,
    ...(parentId !== undefined && { parentId }),
    name: span.name,
    ...(KINDS[kind] !== undefined && { kind: KINDS[kind] }),
    timestamp: microseconds(span.startTime),
    // Zipkin takes 0 for a span that has no duration yet.
    duration: Math.max(1, microseconds(span.duration)),
    localEndpoint: {
      serviceName: serviceName ?? String(resource.attributes['service.name'] ?? 'unknown_service'),
    },
    ...(remote !== undefined && { remoteEndpoint: remote }),
    ...(events.length > 0 && {
      annotations: events.map((event) => ({
        timestamp: microseconds(event.time),
        value: annotation(event.name, event.attributes),
      })),
    }),
    tags: tagsOf(span),
  };
}

function tagsOf(span: ReadableSpan): Record<string, string> {
  const { resource, attributes, status, instrumentationScope } = span;
  const tags = new Map<string, string>();
  for (const all of [resource.attributes, attributes]) {
    for (const key of Object.keys(all)) tags.set(key, text(all[key]));
  }
  tags.set('otel.scope.name', instrumentationScope.name);
  if (instrumentationScope.version) tags.set('otel.scope.version', instrumentationScope.version);
  for (const [tag, field] of Object.entries(DROPPED)) {
    if (span[field] > 0) tags.set(tag, String(span[field]));
  }
  if (status.code > 0) tags.set('otel.status_code', STATUS[status.code] ?? '');
  // Zipkin shows a span with this tag as failed, whatever the tag says: only those that have failed may have it.
  tags.delete('error');
  if (status.code === ERROR) tags.set('error', status.message ?? '');
  return Object.fromEntries(tags);
}

function remoteEndpoint(attributes: ReadableSpan['attributes']): ZipkinEndpoint | undefined {
  for (const [name, portName] of REMOTE) {
    const value = attributes[name];
    if (typeof value !== 'string' || value === '') continue;
    const endpoint: ZipkinEndpoint = /^\d{1,3}(\.\d{1,3}){3}$/.test(value)
      ? { ipv4: value }
      : /^[\da-f:.]*:[\da-f:.]*$/i.test(value)
        ? { ipv6: value }
        : { serviceName: value };
    const port = Number(portName && attributes[portName]);
    if (port > 0 && port < 65_536) endpoint.port = Math.trunc(port);
    return endpoint;
  }
  return undefined;
}

/** Zipkin's annotations have no attributes: an event's stand behind its name, as JSON. */
function annotation(name: string, attributes: object | undefined): string {
  if (attributes === undefined || Object.keys(attributes).length === 0) return name;
  return `${JSON.stringify(name)}: ${JSON.stringify(attributes)}`;
}

function text(value: AttributeValue | undefined): string {
  return Array.isArray(value) ? JSON.stringify(value) : String(value);
}

function microseconds([seconds, nanoseconds]: HrTime): number {
  return seconds * 1e6 + Math.round(nanoseconds / 1000);
}
