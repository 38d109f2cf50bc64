import type { Attributes, TextMapPropagator } from '@opentelemetry/api';
import type { Clock } from '../common/clock.js';
import type { AsyncLocalContextManager } from '../common/context-manager.js';
import type { DiagnosticHandler } from '../common/diagnostics.js';
import type { RandomSource } from '../common/random.js';
import type { ServiceOptions } from '../common/resource.js';
import type { PrometheusServerOptions } from '../exporters/prometheus/index.js';
import type { LoggerOptions, LogRecordExporter } from '../logs/index.js';
import type { PushMetricExporter, RegistryOptions } from '../metrics/index.js';
import type { MetricReader } from '../metrics/otel/index.js';
import type { SloSet, SloSetOptions } from '../slo/index.js';
import type { BatchSpanProcessorOptions, SpanExporter, TracerProviderOptions } from '../trace/index.js';

/** What `createTelemetry` takes. Everything has a default; `createTelemetry()` alone is a working start. */
export interface TelemetryOptions {
  /** Who this is. Default: `OTEL_SERVICE_NAME`, else `unknown_service:node`. */
  service?: ServiceOptions;
  /** Further resource attributes, for all three signals. */
  resource?: Attributes;
  /** `false` turns logging off: the logger is there and says nothing. */
  logs?: LogsOptions | false;
  /** `false` turns tracing off: the tracer is there and makes spans that record nothing. */
  traces?: TracesOptions | false;
  /** `false` turns the process metrics, the scrape server and every metric exporter off. */
  metrics?: MetricsOptions | false;
  /**
   * Makes the objectives of the service, of what is made here: `({ registry, clock, diagnostics }) => new SloSet({ … })`
   * of `telltale/slo`. They stop, and their state is saved, with everything else. Default: none.
   */
  slos?: (signals: SloSignals) => SloSet;
  /**
   * Signals at which everything is flushed and shut down, after which the process ends by the same signal unless
   * the host listens for it too. Default: none.
   */
  signals?: readonly NodeJS.Signals[];
  /** Flush when the event loop runs empty, before the process ends by itself. Default true. */
  flushAtExit?: boolean;
  /** Milliseconds that `flush` and `shutdown` take at most when no other limit is given. Default 5,000. */
  shutdownTimeout?: number;
  /** Told of telltale's own troubles: what was dropped or mended. Default: a process warning. */
  onTrouble?: DiagnosticHandler;
  /** Default `process.env`. */
  env?: Record<string, string | undefined>;
  clock?: Clock;
  random?: RandomSource;
  contextManager?: AsyncLocalContextManager;
}

/** What objectives are made of. */
export interface SloSignals extends Required<Pick<SloSetOptions, 'registry' | 'clock' | 'diagnostics'>> {}

export interface LogsOptions
  extends Omit<LoggerOptions, 'resource' | 'contextManager' | 'clock' | 'diagnostics' | 'sinks'> {
  /**
   * Where lines go. Default: standard output, as JSON, or laid out for eyes where that is a terminal; a `format`
   * applies to either.
   */
  sinks?: LoggerOptions['sinks'];
  /** OpenTelemetry log exporters, each behind a batch queue of its own. */
  exporters?: readonly LogRecordExporter[];
}

export interface TracesOptions
  extends Pick<TracerProviderOptions, 'sampler' | 'spanProcessors' | 'spanLimits' | 'idGenerator'> {
  /** OpenTelemetry span exporters, each behind a `BatchSpanProcessor` of its own. */
  exporters?: readonly SpanExporter[];
  /** How those processors batch. */
  batch?: Omit<BatchSpanProcessorOptions, 'exporter'>;
  /** Default: what `OTEL_PROPAGATORS` says, else W3C trace context and baggage. */
  propagator?: TextMapPropagator;
}

export interface MetricsOptions
  extends Pick<
    RegistryOptions,
    'prefix' | 'defaultLabels' | 'strict' | 'maxSeries' | 'collectTimeout' | 'exemplars' | 'views'
  > {
  /** Serves `/metrics` on a port of its own; by default on loopback. */
  prometheus?: Omit<PrometheusServerOptions, 'registry'>;
  /** OpenTelemetry metric exporters. */
  exporters?: readonly PushMetricExporter[];
  /** Metric readers made for OpenTelemetry's SDK. */
  readers?: readonly MetricReader[];
  /** Milliseconds between two exports. Default 60,000. */
  interval?: number;
  /** When within each interval to export; see `periodicExporter`. */
  phase?: 'aligned' | 'jittered';
  /** Process and runtime metrics (CPU, memory, event loop, garbage collection). Default true. */
  process?: boolean;
}
