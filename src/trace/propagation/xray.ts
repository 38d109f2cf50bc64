import type { Context, TextMapGetter, TextMapPropagator, TextMapSetter } from '@opentelemetry/api';
import { singleHeader, trimmed } from './header.js';
import { isHexId } from './hex-id.js';
import { contextToSend, sampledDigit, withRemoteParent } from './remote-parent.js';

const HEADER = 'x-amzn-trace-id';
/** Load balancers and proxies add fields of their own; what is longer than this is no trace header. */
const MAX_LENGTH = 1024;

/**
 * Carries traces in the header `X-Amzn-Trace-Id` of AWS X-Ray:
 * `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`. The first eight digits of a trace
 * id are read by X-Ray as the time in seconds; it takes any id since 2023. A header without a parent, or without
 * a decision to sample or not, is ignored, and so is what is not as the specification says.
 *
 * Specification: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
 */
export class XRayPropagator implements TextMapPropagator {
  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    const span = contextToSend(context);
    if (span === undefined) return;
    const { traceId, spanId } = span;
    const root = `1-${traceId.slice(0, 8)}-${traceId.slice(8)}`;
    setter.set(carrier, HEADER, `Root=${root};Parent=${spanId};Sampled=${sampledDigit(span)}`);
  }

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const header = singleHeader(getter.get(carrier, HEADER));
    if (header === undefined || header.length > MAX_LENGTH) return context;
    let traceId: string | undefined;
    let spanId: string | undefined;
    let sampled: string | undefined;
    let end = -1;
    while (end < header.length) {
      const start = end + 1;
      end = header.indexOf(';', start);
      if (end === -1) end = header.length;
      const equals = header.indexOf('=', start);
      if (equals === -1 || equals > end) continue;
      switch (trimmed(header.slice(start, equals))) {
        case 'Root':
          traceId = traceIdOf(trimmed(header.slice(equals + 1, end)));
          break;
        case 'Parent':
          spanId = trimmed(header.slice(equals + 1, end));
          break;
        case 'Sampled':
          sampled = trimmed(header.slice(equals + 1, end));
          break;
      }
    }
    if (traceId === undefined || !isHexId(spanId, 16) || (sampled !== '0' && sampled !== '1')) return context;
    return withRemoteParent(context, traceId, spanId, sampled === '1');
  }

  fields(): string[] {
    return [HEADER];
  }
}

/** `1-{8 digits}-{24 digits}` without what divides them. */
function traceIdOf(root: string): string | undefined {
  if (root.length !== 35 || root[0] !== '1' || root[1] !== '-' || root[10] !== '-') return undefined;
  const id = root.slice(2, 10) + root.slice(11);
  return isHexId(id, 32) ? id : undefined;
}
