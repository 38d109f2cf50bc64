import type { AttributeValue } from '@opentelemetry/api';
import type { ReadableSpan } from '../readable-span.js';
import { attributeOf, endOf, startOf } from '../span-facts.js';

/** A trace that waits for its decision. */
export class TraceBuffer {
  readonly traceId: string;
  readonly spans: ReadableSpan[] = [];
  /** Estimated. */
  bytes = 0;
  /** When its first span came, by the monotonic clock. */
  readonly since: number;
  /** When it is decided because its local root has ended; `Infinity` until that has. */
  due = Infinity;
  /** The local root that ended last. */
  root: ReadableSpan | undefined = undefined;
  /** Its neighbours in the line it waits in. */
  older: TraceBuffer | undefined = undefined;
  newer: TraceBuffer | undefined = undefined;

  constructor(traceId: string, since: number) {
    this.traceId = traceId;
    this.since = since;
  }

  /** Milliseconds from the start of its first span to the end of its last. */
  get duration(): number {
    let first = Infinity;
    let last = -Infinity;
    for (const span of this.spans) {
      first = Math.min(first, startOf(span));
      last = Math.max(last, endOf(span));
    }
    return last - first;
  }

  /** Whether an attribute of a span, or of a resource, passes the test. */
  some(key: string, test: (value: AttributeValue) => boolean): boolean {
    let resource: unknown;
    for (const span of this.spans) {
      const own = attributeOf(span, key);
      if (own !== undefined && test(own)) return true;
      if (span.resource === resource) continue;
      resource = span.resource;
      const shared = span.resource.attributes[key];
      if (shared !== undefined && test(shared as AttributeValue)) return true;
    }
    return false;
  }
}
