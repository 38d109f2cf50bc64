import type { Context, TextMapGetter, TextMapPropagator, TextMapSetter } from '@opentelemetry/api';
import { checkOneOf, checkOptions } from '../../common/options.js';
import { singleHeader } from './header.js';
import { isHexId } from './hex-id.js';
import {
  contextToSend,
  hasDebugFlag,
  sampledDigit,
  wideTraceId,
  withDebugFlag,
  withRemoteParent,
} from './remote-parent.js';

const SINGLE = 'b3';
const TRACE_ID = 'x-b3-traceid';
const SPAN_ID = 'x-b3-spanid';
const PARENT_SPAN_ID = 'x-b3-parentspanid';
const SAMPLED = 'x-b3-sampled';
const FLAGS = 'x-b3-flags';

export interface B3PropagatorOptions {
  /** How traces are sent on: in the one header `b3`, or in several `x-b3-…` headers. Default `single`. */
  inject?: 'single' | 'multi';
}

/**
 * Carries traces in the headers of Zipkin: `b3`, or `x-b3-traceid` and its kin. Both are read, `b3` first; one
 * is written. Trace ids of 64 bits are made 128 bits long by zeros. A debug flag counts as sampled and is
 * passed on. A header that is not as the specification says is ignored, and so is one that holds a sampling
 * decision without ids.
 *
 * Specification: https://github.com/openzipkin/b3-propagation
 */
export class B3Propagator implements TextMapPropagator {
  readonly #multi: boolean;

  /** @throws TelltaleError for an option that is unknown or wrong. */
  constructor(options: B3PropagatorOptions = {}) {
    const given = checkOptions('B3Propagator', options, ['inject']);
    this.#multi =
      checkOneOf('B3Propagator', 'inject', given.inject, 'single', ['single', 'multi']) === 'multi';
  }

  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    const span = contextToSend(context);
    if (span === undefined) return;
    const debug = hasDebugFlag(context);
    if (!this.#multi) {
      const state = debug ? 'd' : sampledDigit(span);
      setter.set(carrier, SINGLE, `${span.traceId}-${span.spanId}-${state}`);
      return;
    }
    setter.set(carrier, TRACE_ID, span.traceId);
    setter.set(carrier, SPAN_ID, span.spanId);
    // Debug implies sampled, which is then not sent.
    if (debug) setter.set(carrier, FLAGS, '1');
    else setter.set(carrier, SAMPLED, sampledDigit(span));
  }

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    return extractSingle(context, carrier, getter) ?? extractMulti(context, carrier, getter) ?? context;
  }

  fields(): string[] {
    return this.#multi ? [TRACE_ID, SPAN_ID, SAMPLED, FLAGS, PARENT_SPAN_ID] : [SINGLE];
  }
}

/** `{trace id}-{span id}`, then maybe `-{0, 1 or d}`, then maybe `-{parent span id}`. */
function extractSingle(context: Context, carrier: unknown, getter: TextMapGetter): Context | undefined {
  const header = singleHeader(getter.get(carrier, SINGLE));
  // The longest there is: 32 + 16 + 1 + 16 digits and three dashes.
  if (header === undefined || header.length > 68) return undefined;
  const [id, spanId, state, parentId, ...more] = header.split('-');
  const traceId = wideTraceId(id!);
  if (traceId === undefined || !isHexId(spanId, 16) || more.length > 0) return undefined;
  if (state !== undefined && state !== '0' && state !== '1' && state !== 'd') return undefined;
  if (parentId !== undefined && !isHexId(parentId, 16)) return undefined;
  return parentOf(context, traceId, spanId, state === '1', state === 'd');
}

function extractMulti(context: Context, carrier: unknown, getter: TextMapGetter): Context | undefined {
  const traceId = wideTraceId(singleHeader(getter.get(carrier, TRACE_ID)) ?? '');
  const spanId = singleHeader(getter.get(carrier, SPAN_ID));
  if (traceId === undefined || !isHexId(spanId, 16)) return undefined;
  const sampled = sampledState(getter.get(carrier, SAMPLED));
  if (sampled === undefined) return undefined;
  const debug = singleHeader(getter.get(carrier, FLAGS)) === '1';
  return parentOf(context, traceId, spanId, sampled, debug);
}

/** `undefined` for what is neither yes nor no; old senders write words. */
function sampledState(header: unknown): boolean | undefined {
  if (header === undefined || header === null) return false;
  switch (singleHeader(header)?.toLowerCase()) {
    case '1':
    case 'true':
      return true;
    case '0':
    case 'false':
      return false;
    default:
      return undefined;
  }
}

function parentOf(
  context: Context,
  traceId: string,
  spanId: string,
  sampled: boolean,
  debug: boolean,
): Context {
  const parent = withRemoteParent(context, traceId, spanId, sampled || debug);
  return debug ? withDebugFlag(parent) : parent;
}
