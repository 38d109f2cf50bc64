import {
  type Tracer as ApiTracer,
  type Context,
  type ContextManager,
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  type Span,
  type SpanKind,
  type SpanOptions,
  type TraceState,
  trace,
} from '@opentelemetry/api';
import { ContextStore, rootContext, spanOf } from '../common/context.js';
import type { InstrumentationScope } from '../common/export.js';
import { isTelemetrySuppressed } from '../common/suppression.js';
import { withSpan } from '../common/with-span.js';
import { endAfter, type SpanDone } from './ending.js';
import { FLAG_RANDOM, FLAG_SAMPLED, type IdSource, type TraceIdentity } from './ids.js';
import type { OwnSpan } from './own-span.js';
import {
  type Asked,
  askSampler,
  DROP,
  type OwnSampler,
  parentKind,
  RECORD,
  RESULTS,
  SAMPLE,
  type Sampler,
  type SamplingResult,
} from './samplers/sampler.js';
import { ownSpan, SilentSpan } from './silent-span.js';
import { RecordingSpan } from './span.js';
import type { SpanHome } from './span-home.js';
import { type AnchorSource, momentOf } from './span-time.js';
import { textOf } from './text.js';

const INTERNAL: SpanKind.INTERNAL = 0;

/** What the tracers of one provider share. */
export interface TracerHome extends Omit<SpanHome, 'scope'> {
  readonly contexts: Pick<ContextManager, 'active' | 'with'>;
  readonly ids: IdSource;
  readonly anchors: AnchorSource;
  /** Changed once, at shutdown. */
  sampler: Sampler;
  /** The sampler again, where it is one that may decide without ids and without a result object. */
  quick: OwnSampler | undefined;
}

/**
 * Starts spans. OpenTelemetry's `Tracer`, and `trace`, which ends the span by itself.
 *
 * Active spans follow the provider's own context manager, registered or not. Nothing here throws, whatever it
 * is called with; only what a callback throws comes through.
 */
export class Tracer implements ApiTracer {
  readonly #home: TracerHome;
  readonly #spans: SpanHome;

  /** @internal Use `TracerProvider.getTracer`. */
  constructor(home: TracerHome, scope: InstrumentationScope) {
    this.#home = home;
    this.#spans = { ...home, scope };
  }

  /** Starts a span, below the one that is current in `context` (default: the active one) unless `root` is set. */
  startSpan(name: string, options?: SpanOptions, context?: Context): Span {
    try {
      return this.#start(name, options, context ?? this.#home.contexts.active());
    } catch (error) {
      this.#home.diagnostics.report(
        'span_not_started',
        textOf(name),
        'a span is not recorded: its options cannot be read',
        error,
      );
      return new SilentSpan(this.#home.ids, undefined, 0, undefined);
    }
  }

  /** Starts a span and calls `fn` with it as the active one. The caller ends the span. */
  startActiveSpan<F extends (span: Span) => unknown>(name: string, fn: F): ReturnType<F>;
  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    options: SpanOptions,
    fn: F,
  ): ReturnType<F>;
  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    options: SpanOptions,
    context: Context,
    fn: F,
  ): ReturnType<F>;
  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    second: SpanOptions | F,
    third?: Context | F,
    fourth?: F,
  ): ReturnType<F> {
    const fn = (fourth ?? third ?? second) as (span: Span) => ReturnType<F>;
    const options = second === fn ? undefined : (second as SpanOptions);
    const parent = third === fn || third === undefined ? this.#home.contexts.active() : (third as Context);
    const span = this.startSpan(name, options, parent);
    return this.#within(parent, span, fn);
  }

  /**
   * Runs `fn` in a span and ends the span when that is over: when `fn` returns, when the promise it returned has
   * settled, or when the generator it returned (`function*`, `async function*`) is exhausted, each step of which runs
   * in the span. What is thrown or rejected is recorded on the span, its status becomes an error, and the caller
   * gets it as ever.
   *
   * Where `fn` declares a second parameter, it is callback code: the span ends when that is called, with the error
   * if there is one.
   *
   * ```ts
   * const order = await tracer.trace('load order', async (span) => {
   *   span.setAttribute('order.id', id);
   *   return db.orders.find(id);
   * });
   *
   * tracer.trace('read', (span, done) => readFile(path, (error, data) => {
   *   done(error);
   *   callback(error, data);
   * }));
   * ```
   */
  trace<R>(name: string, fn: (span: Span, done: SpanDone) => R): R;
  trace<R>(name: string, options: SpanOptions, fn: (span: Span, done: SpanDone) => R): R;
  trace<R>(
    name: string,
    second: SpanOptions | ((span: Span, done: SpanDone) => R),
    third?: (span: Span, done: SpanDone) => R,
  ): R {
    const fn = (third ?? second) as (span: Span, done: SpanDone) => R;
    const options = second === fn ? {} : (second as SpanOptions);
    return this.startActiveSpan(name, options, (span): R => {
      const { contexts } = this.#home;
      const context = contexts.active();
      return endAfter(span, fn, (step) => contexts.with(context, step));
    }) as R;
  }

  #within<R>(parent: Context, span: Span, fn: (span: Span) => R): R {
    const contexts = this.#home.contexts;
    const context = withSpan(parent, span);
    // Straight to the storage: the rest arguments of `with` and its closure make 56 ns of 45.
    return contexts instanceof ContextStore
      ? contexts.storage.run(context, fn, span)
      : contexts.with(context, fn, undefined, span);
  }

  #start(name: string, options: SpanOptions | undefined, given: Context): Span {
    const home = this.#home;
    let context = given;
    let parent: OwnSpan | undefined;
    // The root context is what most calls outside a request see; asking it saves two lookups in its map.
    if (given !== rootContext && given !== ROOT_CONTEXT) {
      if (isTelemetrySuppressed(given)) return trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
      parent = ownSpan(spanOf(given));
      if (parent !== undefined && options?.root === true) {
        parent = undefined;
        context = withSpan(given, undefined);
      }
    }

    let identity: TraceIdentity | undefined;
    let flags = home.ids.flags;
    let traceState: TraceState | undefined;
    if (parent !== undefined) {
      identity = parent.trace();
      flags = parent.flags & FLAG_RANDOM;
      traceState = parent.traceState;
    }

    let decision: number | undefined = home.quick?.decide(parentKind(parent));
    let sampled: SamplingResult | undefined;
    if (decision === undefined) {
      identity ??= home.ids.trace(undefined);
      sampled = this.#ask({
        name,
        kind: options?.kind ?? INTERNAL,
        attributes: options?.attributes ?? {},
        links: options?.links,
        context,
        parent,
        trace: identity,
      });
      decision = sampled.decision;
      traceState = sampled.traceState ?? traceState;
    }
    if (decision === DROP) return new SilentSpan(home.ids, identity, flags, traceState);
    if (decision === SAMPLE) flags |= FLAG_SAMPLED;

    const startTime = options?.startTime;
    const now = home.clock.monotonic();
    const start = startTime === undefined ? now : momentOf(startTime, home.clock);
    if (identity === undefined) identity = home.ids.trace(home.anchors.at(now));
    else if (identity.anchor?.clock !== home.clock) identity = identity.anchoredBy(home.anchors.at(now));

    const span = new RecordingSpan(
      this.#spans,
      identity,
      flags,
      traceState,
      parent,
      textOf(name),
      options?.kind ?? INTERNAL,
      start,
    );
    home.ids.nameSpan(span);
    if (options?.attributes !== undefined) span.setAttributes(options.attributes);
    if (options?.links !== undefined) span.addLinks(options.links);
    if (sampled?.attributes !== undefined) span.setAttributes(sampled.attributes);
    home.processors.onStart(span, context);
    return span;
  }

  /**
   * Asks a sampler. One that throws or answers nonsense is told of; the span then follows its parent, and a span
   * without parent is dropped: a broken sampler must not turn everything on.
   */
  #ask(asked: Asked): SamplingResult {
    const { sampler, diagnostics } = this.#home;
    try {
      const result = askSampler(sampler, asked);
      const { decision } = result;
      if (decision === DROP || decision === RECORD || decision === SAMPLE) return result;
      throw new Error(`its decision was ${String(decision)}`);
    } catch (error) {
      const subject = sampler.constructor?.name || 'sampler';
      diagnostics.report('sampler_failed', subject, `${subject} failed; spans follow their parents`, error);
      return RESULTS[parentKind(asked.parent) % 2 === 1 ? SAMPLE : DROP]!;
    }
  }
}
