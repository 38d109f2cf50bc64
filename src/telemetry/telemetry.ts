import type { TextMapPropagator } from '@opentelemetry/api';
import type { Clock } from '../common/clock.js';
import type { AsyncLocalContextManager } from '../common/context-manager.js';
import type { Diagnostics } from '../common/diagnostics.js';
import type { Resource } from '../common/resource.js';
import type { PrometheusServer } from '../exporters/prometheus/index.js';
import type { Logger, LoggerProvider } from '../logs/index.js';
import type { Registry } from '../metrics/index.js';
import type { MeterProvider } from '../metrics/otel/index.js';
import type { SloSet } from '../slo/index.js';
import type { Registration, Tracer, TracerProvider } from '../trace/index.js';

/** The signals of one service; what `createTelemetry` returns and the instrumentation takes. */
export interface Telemetry extends AsyncDisposable {
  readonly logger: Logger;
  /** A tracer for the service's own spans; `tracerProvider.getTracer(name)` gives others. */
  readonly tracer: Tracer;
  readonly tracerProvider: TracerProvider;
  /** The logger behind OpenTelemetry's logs API. */
  readonly loggerProvider: LoggerProvider;
  readonly registry: Registry;
  /** OpenTelemetry's metrics API over the same registry. */
  readonly meterProvider: MeterProvider;
  /** The scrape server, where `metrics.prometheus` asked for one; `await prometheus.start()` tells its port. */
  readonly prometheus: PrometheusServer | undefined;
  /** The objectives, where the option `slos` makes some. */
  readonly slos: SloSet | undefined;
  readonly resource: Resource;
  readonly contextManager: AsyncLocalContextManager;
  readonly propagator: TextMapPropagator;
  readonly clock: Clock;
  /** Counts and tells of what telltale had to drop or mend. */
  readonly diagnostics: Diagnostics;
  /** Makes these the OpenTelemetry API's globals; says which of them could be. A second call changes nothing. */
  register(): TelemetryRegistration;
  /** Sends everything there is, within `ms` milliseconds. Always settles, never rejects. */
  flush(ms?: number): Promise<FlushReport>;
  /** Flushes, stops servers and timers, closes exporters. Always settles, never rejects; a second call waits too. */
  shutdown(ms?: number): Promise<FlushReport>;
}

/** Which of the API's globals are telltale's. */
export interface TelemetryRegistration extends Registration {
  /** The logs API, of `@opentelemetry/api-logs` and of `@opentelemetry/api` from 1.10 on. */
  readonly logs: boolean;
}

export interface FlushReport {
  /** Whether every signal was done in time. What was dropped all the same is in the `telltale_*` metrics. */
  readonly complete: boolean;
  /** The signals that were not: `logs`, `traces`, `metrics`. */
  readonly late: readonly string[];
}
