import type { Attributes, Context, Span, SpanKind } from '@opentelemetry/api';
import { withSpan } from '../../common/with-span.js';
import type { MetadataLike } from '../../trace/index.js';
import { type Guard, guardOf } from '../guard.js';
import { ignoreTest } from '../ignore.js';
import type { HostAndPort } from '../semconv.js';
import { type HttpSignals, resolveSignals, type Signals } from '../signals.js';
import { type MeasuredCall, rpcDuration } from './metrics.js';
import { type GrpcCallInfo, type GrpcOptions, type GrpcSettings, grpcSettings } from './options.js';
import { isServerError, OK, statusName } from './rpc.js';

/** OpenTelemetry's `SpanStatusCode.ERROR`. */
const ERROR = 2;
const KINDS: Record<'server' | 'client', SpanKind> = { server: 1, client: 2 };

/** A call that is under way. */
export interface RpcCall {
  readonly info: GrpcCallInfo;
  readonly span: Span | undefined;
  /** With the span current. */
  readonly context: Context;
  readonly server: HostAndPort | undefined;
  /** Milliseconds of the monotonic clock. */
  readonly startedAt: number;
  ended: boolean;
}

/** How a call ended. */
export interface RpcEnd {
  readonly code: number;
  readonly details?: string | null | undefined;
  /** What the trailer brought, or the response before it. */
  readonly metadata?: readonly (MetadataLike | null | undefined)[];
}

/**
 * Makes the spans and measures the durations of gRPC calls, for either side. It never throws into the
 * interceptor.
 */
export class RpcRecorder {
  readonly signals: Signals;
  readonly guard: Guard;
  readonly #side: 'server' | 'client';
  readonly #settings: GrpcSettings;
  readonly #ignored: ((method: string, call: GrpcCallInfo) => boolean) | undefined;
  readonly #measure: ((call: MeasuredCall, seconds: number) => void) | undefined;

  constructor(
    owner: string,
    side: 'server' | 'client',
    telemetry: HttpSignals,
    options: GrpcOptions | undefined,
  ) {
    this.#side = side;
    this.#settings = grpcSettings(owner, options);
    this.signals = resolveSignals(owner, telemetry);
    const { registry, diagnostics } = this.signals;
    this.guard = guardOf(owner, diagnostics);
    this.#ignored = ignoreTest(owner, this.#settings.ignore, diagnostics);
    this.#measure = registry === undefined ? undefined : rpcDuration(registry, side);
  }

  ignores(info: GrpcCallInfo): boolean {
    return this.#ignored?.(info.method, info) === true;
  }

  /** Begins a call, below what is current in `parent`. */
  start(
    info: GrpcCallInfo,
    parent: Context,
    attributes: Attributes,
    server: HostAndPort | undefined,
  ): RpcCall {
    const { tracer, clock } = this.signals;
    const startedAt = clock.monotonic();
    if (tracer === undefined) {
      return { info, span: undefined, context: parent, server, startedAt, ended: false };
    }
    const all: Attributes = { 'rpc.system.name': 'grpc', 'rpc.method': info.method, ...attributes };
    this.#capture(all, 'rpc.request.metadata', this.#settings.requestMetadata, [info.metadata]);
    const span = tracer.startSpan(info.method, { kind: KINDS[this.#side], attributes: all }, parent);
    const { onCall } = this.#settings;
    if (onCall !== undefined) this.guard('hook_failed', 'onCall threw', () => onCall(span, info));
    return { info, span, context: withSpan(parent, span), server, startedAt, ended: false };
  }

  /** Ends a call; only the first end counts. `attributes` are those that are known only now. */
  end(call: RpcCall, { code, details, metadata }: RpcEnd, attributes?: Attributes): void {
    if (call.ended) return;
    call.ended = true;
    const status = statusName(code);
    const failed = code !== OK && (this.#side === 'client' || isServerError(code));
    const { span, info, server, startedAt } = call;
    const milliseconds = this.signals.clock.monotonic() - startedAt;
    this.guard('finish_failed', 'the end of a call could not be told', () => {
      // Inside the context of the call, so that exemplars and lines carry its ids.
      this.signals.contextManager.with(call.context, () => {
        this.#measure?.({ method: info.method, status, failed, server }, milliseconds / 1000);
        if (this.#side === 'server') this.logEnd(info.method, code, status, milliseconds);
      });
    });
    if (span === undefined) return;
    this.guard('finish_failed', 'the end of a call could not be recorded', () => {
      const late: Attributes = { 'rpc.response.status_code': status, ...attributes };
      if (failed) late['error.type'] = status;
      this.#capture(late, 'rpc.response.metadata', this.#settings.responseMetadata, metadata ?? []);
      span.setAttributes(late);
      if (failed) span.setStatus(details ? { code: ERROR, message: details } : { code: ERROR });
    });
    const { onStatus } = this.#settings;
    if (onStatus !== undefined) this.guard('hook_failed', 'onStatus threw', () => onStatus(span, status));
    span.end();
  }

  /** Writes the line of a call that a server has answered; set by the server's interceptor. */
  logEnd: (method: string, code: number, status: string, milliseconds: number) => void = () => {};

  #capture(
    attributes: Attributes,
    prefix: string,
    keys: readonly string[],
    sources: readonly (MetadataLike | null | undefined)[],
  ): void {
    for (const key of keys) {
      const values = sources.flatMap((metadata) => metadata?.get(key) ?? []);
      if (values.length === 0) continue;
      attributes[`${prefix}.${key}`] = values.map((value) =>
        typeof value === 'string' ? value : value.toString('base64'),
      );
    }
  }
}
