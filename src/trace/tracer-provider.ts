import type { TracerProvider as ApiTracerProvider, ContextManager, MeterProvider } from '@opentelemetry/api';
import { type Clock, systemClock } from '../common/clock.js';
import { processContexts } from '../common/context.js';
import { withinTime } from '../common/deadline.js';
import { Diagnostics } from '../common/diagnostics.js';
import type { Env } from '../common/env.js';
import type { FlushOptions } from '../common/export.js';
import { atLeast, checkAll, checkArray, checkMethods, hasMethods } from '../common/options.js';
import { cryptoRandom, type RandomSource } from '../common/random.js';
import { defaultResource, type Resource } from '../common/resource.js';
import { type IdGenerator, IdSource } from './ids.js';
import { SpanFanOut } from './processors/fan-out.js';
import type { SpanProcessor } from './readable-span.js';
import { alwaysOff } from './samplers/by-parent.js';
import { samplerFromEnv } from './samplers/from-env.js';
import { OwnSampler, type Sampler } from './samplers/sampler.js';
import { resolveSpanLimits, type SpanLimits } from './span-limits.js';
import { AnchorSource } from './span-time.js';
import { Tracer, type TracerHome } from './tracer.js';

/** The fields of OpenTelemetry's `BasicTracerProvider`, and telltale's doors to the outside. */
export interface TracerProviderOptions {
  /**
   * Who is talking. Default: a service without a name, as in OpenTelemetry; `createResource()` tells the name, the
   * environment, host and process.
   */
  resource?: Resource;
  /**
   * Which spans are recorded. Default: what `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG` say, else
   * `parentBased(alwaysOn())`.
   */
  sampler?: Sampler;
  /** Told of every recorded span, in order. Default: none, so spans go nowhere. */
  spanProcessors?: SpanProcessor[];
  /** Bounds on what a span may hold. */
  spanLimits?: SpanLimits;
  /** Limits on attributes that hold where `spanLimits` sets none. */
  generalLimits?: Pick<SpanLimits, 'attributeCountLimit' | 'attributeValueLengthLimit'>;
  /** Makes ids instead of telltale's own random ones. */
  idGenerator?: IdGenerator;
  /** Whole milliseconds that `forceFlush` and `shutdown` wait for the processors at most. Default 30,000. */
  forceFlushTimeoutMillis?: number;
  /** Keeps the active span. Default: telltale's, one for the process, on `AsyncLocalStorage`. */
  contextManager?: Pick<ContextManager, 'active' | 'with'>;
  /**
   * Taken so that a configuration of OpenTelemetry's fits, where it is experimental; without effect. What telltale
   * counts of itself is in `diagnostics`.
   */
  meterProvider?: MeterProvider;
  /** Where samplers and limits that were left out are looked up. Default `process.env`. */
  env?: Env;
  clock?: Clock;
  /** Chance for ids. Default: the operating system's. */
  random?: RandomSource;
  diagnostics?: Diagnostics;
}

/**
 * Where tracers come from: OpenTelemetry's trace SDK. It works as it stands, and becomes what the API's
 * `trace.getTracer` gives by `registerGlobals({ tracerProvider })`.
 *
 * ```ts
 * const provider = new TracerProvider({
 *   sampler: parentBased(traceIdRatio(0.1)),
 *   spanProcessors: [new BatchSpanProcessor({ exporter })],
 * });
 * const tracer = provider.getTracer('checkout');
 * ```
 *
 * Specification: https://opentelemetry.io/docs/specs/otel/trace/sdk/#tracer-provider
 */
export class TracerProvider implements ApiTracerProvider {
  readonly #home: TracerHome;
  readonly #tracers = new Map<string, Tracer>();
  readonly #flushTimeout: number;
  #shutdown: Promise<void> | undefined;

  /** @throws TelltaleError for an option that is unknown or wrong. */
  constructor(options: TracerProviderOptions = {}) {
    const owner = 'TracerProvider';
    checkAll(
      owner,
      options,
      ['resource', 'spanProcessors', 'spanLimits', 'generalLimits', 'meterProvider', 'env', 'diagnostics'],
      {
        sampler: hasMethods('shouldSample'),
        idGenerator: hasMethods('generateTraceId', 'generateSpanId'),
        forceFlushTimeoutMillis: atLeast(0),
        contextManager: hasMethods('active', 'with'),
        clock: hasMethods('now', 'monotonic', 'setTimeout'),
        random: hasMethods('int32'),
      },
    );
    const clock = options.clock ?? systemClock;
    const diagnostics = options.diagnostics ?? new Diagnostics({ clock });
    const env = options.env ?? process.env;
    const sampler = options.sampler ?? samplerFromEnv(env, diagnostics);
    const processors = checkArray(owner, 'spanProcessors', options.spanProcessors, (processor, path) =>
      checkMethods(owner, path, processor, ['onStart', 'onEnd', 'forceFlush', 'shutdown']),
    );
    this.#flushTimeout = options.forceFlushTimeoutMillis ?? 30_000;
    this.#home = {
      resource: options.resource ?? defaultResource(),
      limits: resolveSpanLimits(owner, options.spanLimits, options.generalLimits, env, diagnostics),
      clock,
      diagnostics,
      processors: new SpanFanOut(processors, diagnostics),
      contexts: options.contextManager ?? processContexts(),
      ids: new IdSource(options.random ?? cryptoRandom(), options.idGenerator, diagnostics),
      anchors: new AnchorSource(clock),
      sampler,
      quick: sampler instanceof OwnSampler ? sampler : undefined,
    };
  }

  /** The tracer of a library: the same one for the same name, version and schema URL. */
  getTracer(name: string, version?: string, options?: { schemaUrl?: string }): Tracer {
    const schemaUrl = options?.schemaUrl;
    const key = `${name}\n${version ?? ''}\n${schemaUrl ?? ''}`;
    let tracer = this.#tracers.get(key);
    if (tracer === undefined) {
      tracer = new Tracer(this.#home, {
        name: typeof name === 'string' ? name : '',
        ...(version !== undefined && { version }),
        ...(schemaUrl !== undefined && { schemaUrl }),
      });
      this.#tracers.set(key, tracer);
    }
    return tracer;
  }

  /**
   * Sends every span that has ended, as far as the processors can. Settles within `timeoutMillis` (default: the
   * provider's `forceFlushTimeoutMillis`) and never rejects: what went wrong is told through `diagnostics`.
   */
  forceFlush(options?: FlushOptions): Promise<void> {
    return this.#all('forceFlush', options?.timeoutMillis);
  }

  /**
   * The same, closes the processors and records no more. Spans of tracers already handed out fall silent. What is not
   * sent when the time is up is dropped and counted.
   */
  shutdown(options?: FlushOptions): Promise<void> {
    if (this.#shutdown === undefined) {
      this.#home.sampler = this.#home.quick = alwaysOff();
      this.#shutdown = this.#all('shutdown', options?.timeoutMillis);
    }
    return this.#shutdown;
  }

  async #all(method: 'forceFlush' | 'shutdown', timeout = this.#flushTimeout): Promise<void> {
    const { processors, clock, diagnostics } = this.#home;
    if (await withinTime(processors.all(method, { timeoutMillis: timeout }), timeout, clock)) return;
    diagnostics.report(
      'span_processor_slow',
      method,
      `${method} of the tracer provider gave up after ${timeout} ms`,
    );
  }
}
