import { AsyncLocalContextManager } from '../common/context-manager.js';
import type { DiagnosticHandler } from '../common/diagnostics.js';
import { type RandomSource, seededRandom } from '../common/random.js';
import { memorySink } from '../logs/index.js';
import { createTelemetry, type Telemetry, type TelemetryOptions } from '../telemetry/index.js';
import type { ReadableSpan, Sampler, SpanProcessor } from '../trace/index.js';
import { FakeClock } from './fake-clock.js';
import { runResetHooks } from './resets.js';

export interface TestTelemetryOptions
  extends Pick<TelemetryOptions, 'service' | 'resource' | 'slos' | 'onTrouble'> {
  /** Wall-clock time at the start, milliseconds since the Unix epoch. Default 2025-01-01T00:00:00Z. */
  now?: number;
  /** Ids follow from it: the same seed, the same ids. Default 1. */
  seed?: number;
  /** Default: every span is kept. */
  sampler?: Sampler;
}

/** A telemetry that keeps everything in memory. */
export interface TestTelemetry extends Telemetry {
  /** Finished spans, in the order in which they ended. */
  readonly spans: readonly ReadableSpan[];
  /** Log lines as objects, in order: `level`, `msg`, `time`, the ids of the span, the fields. */
  readonly records: readonly Readonly<Record<string, unknown>>[];
  /** Stands still until the test moves it: `await clock.advance(ms)`. */
  readonly clock: FakeClock;
  /** Forgets spans and records, sets every metric back, and begins with the ids anew. The clock goes on. */
  reset(): void;
}

/**
 * Logs, traces and metrics for a unit test: nothing leaves the process, time stands still, ids are the same at
 * every run, nothing is global, and telltale's own troubles are errors (metrics are `strict`).
 *
 * ```ts
 * const telemetry = createTestTelemetry();
 * await placeOrder(telemetry, order);
 * expect(telemetry).toHaveSpan('place order', { status: 'ok' });
 * ```
 */
export function createTestTelemetry(options: TestTelemetryOptions = {}): TestTelemetry {
  const { now, seed = 1, sampler, service = { name: 'test' }, ...rest } = options;
  const clock = new FakeClock(now === undefined ? {} : { now });
  const spans: ReadableSpan[] = [];
  const sink = memorySink();
  const random = new RestartableRandom(seed);
  const telemetry = createTelemetry({
    ...rest,
    service,
    onTrouble: options.onTrouble ?? sayNothing,
    logs: { level: 'trace', sinks: [sink] },
    traces: { spanProcessors: [collectInto(spans)], ...(sampler === undefined ? {} : { sampler }) },
    metrics: { process: false, strict: true },
    env: {},
    flushAtExit: false,
    clock,
    random,
    contextManager: new AsyncLocalContextManager(),
  });
  const test: TestTelemetry = {
    ...telemetry,
    clock,
    spans,
    get records() {
      return sink.records;
    },
    reset() {
      spans.length = 0;
      sink.clear();
      random.restart();
      telemetry.registry.resetMetrics();
      runResetHooks(test);
    },
  };
  return test;
}

/** Troubles stay in the counters (`telltale_troubles_total`), where a test can look at them. */
const sayNothing: DiagnosticHandler = () => {};

function collectInto(spans: ReadableSpan[]): SpanProcessor {
  return {
    onStart() {},
    onEnd(span) {
      spans.push(span);
    },
    async forceFlush() {},
    async shutdown() {},
  };
}

class RestartableRandom implements RandomSource {
  readonly #seed: number;
  #source: RandomSource;

  constructor(seed: number) {
    this.#seed = seed;
    this.#source = seededRandom(seed);
  }

  restart(): void {
    this.#source = seededRandom(this.#seed);
  }

  int32(): number {
    return this.#source.int32();
  }

  float(): number {
    return this.#source.float();
  }
}
