import type { HrTime } from '@opentelemetry/api';
import type { AnyValue, ReadableLogRecord } from '../logs/readable-log-record.js';
import type { ReadableSpan } from '../trace/readable-span.js';

/** Something that happened during a span: a log line, or an event. */
export interface Moment {
  /** Milliseconds after the start of the trace. */
  readonly at: number;
  /** Empty for events. */
  readonly level: string;
  readonly text: string;
  readonly isError: boolean;
  readonly fields: readonly (readonly [key: string, value: unknown])[];
}

/** A span as the tree shows it. */
export interface TraceNode {
  readonly id: string;
  readonly parentId: string | undefined;
  readonly name: string;
  readonly service: string;
  /** Milliseconds after the start of the trace. */
  readonly start: number;
  /** Milliseconds. */
  readonly length: number;
  readonly failed: boolean;
  /** What the status says, where an event does not say it already. */
  readonly message: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly moments: Moment[];
  readonly children: TraceNode[];
}

export interface TraceTree {
  readonly traceId: string;
  /** Spans whose parent is not among them, earliest first. */
  readonly roots: TraceNode[];
  readonly nodes: TraceNode[];
  /** Milliseconds from the first start to the last end. */
  readonly length: number;
  /** Log lines of the trace that belong to none of its spans. */
  readonly strays: Moment[];
}

/**
 * Puts spans and log lines of one trace, the first span's, together. Spans that cannot be read are left out;
 * whoever claims to be their own ancestor becomes a root.
 */
export function traceTree(
  spans: readonly ReadableSpan[],
  logs: readonly ReadableLogRecord[],
): TraceTree | undefined {
  const readable = spans.flatMap((span) => attempt(() => readSpan(span)));
  const traceId = readable[0]?.traceId;
  if (traceId === undefined) return undefined;
  const own = readable.filter((span) => span.traceId === traceId);
  const origin = own.reduce(
    (first, span) => (isBefore(span.start, first) ? span.start : first),
    own[0]!.start,
  );
  const nodes = own.map((span) => nodeOf(span, origin)).sort((a, b) => a.start - b.start);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const roots = link(nodes, byId);
  const strays: Moment[] = [];
  for (const record of logs) {
    for (const { spanId, moment } of attempt(() => logOf(record, traceId, origin))) {
      (byId.get(spanId)?.moments ?? strays).push(moment);
    }
  }
  for (const moments of [strays, ...nodes.map((node) => node.moments)]) moments.sort((a, b) => a.at - b.at);
  const length = nodes.reduce((latest, node) => Math.max(latest, node.start + node.length), 0);
  return { traceId, roots, nodes, length, strays };
}

interface SpanFacts {
  readonly traceId: string;
  readonly start: HrTime;
  readonly span: ReadableSpan;
  readonly events: ReadableSpan['events'];
  readonly node: Omit<TraceNode, 'start' | 'moments' | 'children'>;
}

/** Everything that may throw is read here, once. */
function readSpan(span: ReadableSpan): SpanFacts {
  const { traceId, spanId } = span.spanContext();
  const failed = span.status.code === 2;
  const events = [...span.events];
  const told = events.some((event) => event.name === 'exception');
  return {
    traceId,
    start: span.startTime,
    span,
    events,
    node: {
      id: spanId,
      parentId: span.parentSpanContext?.spanId,
      name: String(span.name),
      service: String(span.resource?.attributes['service.name'] ?? ''),
      length: Math.max(0, between(span.startTime, span.endTime)),
      failed,
      message: failed && !told ? String(span.status.message ?? '') : '',
      attributes: { ...span.attributes },
    },
  };
}

function nodeOf({ node, start, events }: SpanFacts, origin: HrTime): TraceNode {
  const moments = events.flatMap((event) =>
    attempt((): Moment => {
      const { 'exception.type': type, 'exception.message': message, ...others } = event.attributes ?? {};
      const at = between(origin, event.time);
      if (event.name !== 'exception') {
        return {
          at,
          level: '',
          text: event.name,
          isError: false,
          fields: Object.entries(event.attributes ?? {}),
        };
      }
      const text = [type, message].filter((part) => part !== undefined && part !== '').join(': ');
      const fields = Object.entries(others).filter(([key]) => !key.startsWith('exception.'));
      return { at, level: '', text: text || 'exception', isError: true, fields };
    }),
  );
  return { ...node, start: between(origin, start), moments, children: [] };
}

/** Makes the children known to their parents; gives the roots. */
function link(nodes: TraceNode[], byId: Map<string, TraceNode>): TraceNode[] {
  const roots: TraceNode[] = [];
  for (const node of nodes) {
    const parent = node.parentId === undefined ? undefined : byId.get(node.parentId);
    if (
      parent === undefined ||
      parent === node ||
      byId.get(node.id) !== node ||
      leadsTo(parent, node, byId)
    ) {
      roots.push(node);
    } else parent.children.push(node);
  }
  return roots;
}

/** Whether a walk up from a span comes to the other: then they are in a ring, which a tree cannot show. */
function leadsTo(from: TraceNode, to: TraceNode, byId: Map<string, TraceNode>): boolean {
  let node: TraceNode | undefined = from;
  for (let steps = 0; node !== undefined && steps < 1000; steps++) {
    if (node === to) return true;
    node = node.parentId === undefined ? undefined : byId.get(node.parentId);
  }
  return node !== undefined;
}

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

function logOf(
  record: ReadableLogRecord,
  traceId: string,
  origin: HrTime,
): { spanId: string; moment: Moment } {
  const context = record.spanContext;
  if (context === undefined || context.traceId !== traceId) throw new Error('of another trace');
  const severity = record.severityNumber ?? 9;
  const level = LEVELS[Math.floor((severity - 1) / 4)] ?? 'INFO';
  const moment = {
    at: between(origin, record.hrTime),
    level,
    text: textOf(record.body),
    isError: severity >= 17,
    fields: Object.entries(record.attributes),
  };
  return { spanId: context.spanId, moment };
}

function textOf(body: AnyValue): string {
  if (typeof body === 'string') return body;
  return body === undefined ? '' : (JSON.stringify(body) ?? String(body));
}

function between(from: HrTime, to: HrTime): number {
  return (to[0] - from[0]) * 1000 + (to[1] - from[1]) / 1e6;
}

function isBefore(a: HrTime, b: HrTime): boolean {
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
}

/** What a function gives, as a list of one; an empty list where it throws. */
function attempt<T>(make: () => T): T[] {
  try {
    return [make()];
  } catch {
    return [];
  }
}
