import type { FlushOptions } from '../common/export.js';
import { AN_OBJECT, checkArray, checkMethods, checkOptions, checkRule } from '../common/options.js';
import { type PrometheusServer, prometheusServer } from '../exporters/prometheus/server.js';
import { terminalFormat } from '../logs/formats/pretty.js';
import { Logger } from '../logs/logger.js';
import { exporterSink } from '../logs/sinks/exporter.js';
import { stdoutSink } from '../logs/sinks/stdout.js';
import { STAGE_OPTIONS } from '../logs/stage.js';
import { defaultMetrics } from '../metrics/default-metrics.js';
import { MeterProvider } from '../metrics/otel/meter-provider.js';
import { periodicExporter } from '../metrics/periodic-exporter.js';
import { Registry } from '../metrics/registry.js';
import { selfMetrics } from '../metrics/self-metrics.js';
import { BatchSpanProcessor } from '../trace/processors/batch.js';
import { alwaysOff } from '../trace/samplers/by-parent.js';
import { TracerProvider } from '../trace/tracer-provider.js';
import type { LogsOptions, MetricsOptions, TracesOptions } from './options.js';
import { OWNER } from './owner.js';
import type { Surroundings } from './surroundings.js';

export function createLogger(options: LogsOptions | false | undefined, around: Surroundings): Logger {
  const { clock, diagnostics, resource, contextManager } = around;
  const host = { resource, contextManager, clock, diagnostics };
  if (options === false) return new Logger({ ...host, level: 'silent', sinks: [] });
  const { exporters, sinks, ...rest } = section('logs', options, [
    'level',
    'categories',
    'sinks',
    'format',
    'fields',
    'name',
    'time',
    'levels',
    'onFatal',
    ...STAGE_OPTIONS,
    'exporters',
  ]);
  checkArray(OWNER, 'logs.exporters', exporters, (exporter, path) =>
    checkMethods(OWNER, path, exporter, ['export', 'shutdown']),
  );
  return new Logger({
    ...rest,
    ...host,
    sinks: [
      // The choice is made here and not by the sink: whoever bundles a logger alone need not carry the format.
      ...(sinks ?? [rest.format ? stdoutSink() : stdoutSink({ format: terminalFormat() })]),
      ...(exporters ?? []).map((exporter) => exporterSink({ exporter })),
    ],
  });
}

export function createTracerProvider(
  options: TracesOptions | false | undefined,
  around: Surroundings,
): TracerProvider {
  const { clock, diagnostics, resource, contextManager, random, env } = around;
  const host = { resource, contextManager, clock, diagnostics, env, ...(random ? { random } : {}) };
  if (options === false) return new TracerProvider({ ...host, sampler: alwaysOff() });
  const {
    exporters,
    batch,
    propagator: _,
    spanProcessors,
    ...rest
  } = section('traces', options, [
    'sampler',
    'spanProcessors',
    'spanLimits',
    'idGenerator',
    'exporters',
    'batch',
    'propagator',
  ]);
  checkArray(OWNER, 'traces.exporters', exporters, (exporter, path) =>
    checkMethods(OWNER, path, exporter, ['export', 'shutdown']),
  );
  const batched = (exporters ?? []).map(
    (exporter) => new BatchSpanProcessor({ clock, diagnostics, ...batch, exporter }),
  );
  return new TracerProvider({ ...rest, ...host, spanProcessors: [...(spanProcessors ?? []), ...batched] });
}

/** The metrics pillar, and what has to be flushed and shut down with it. */
export interface Metrics {
  registry: Registry;
  meterProvider: MeterProvider;
  /** Whether the meter provider may become global: not where metrics are turned off. */
  isOn: boolean;
  prometheus: PrometheusServer | undefined;
  flush(options: FlushOptions): Promise<unknown>;
  shutdown(options: FlushOptions): Promise<unknown>;
}

export function createMetrics(options: MetricsOptions | false | undefined, around: Surroundings): Metrics {
  const { clock, diagnostics, resource } = around;
  if (options === false) {
    const registry = new Registry({ clock, diagnostics });
    const meterProvider = new MeterProvider({ registry, resource });
    const nothing = async () => {};
    return { registry, meterProvider, isOn: false, prometheus: undefined, flush: nothing, shutdown: nothing };
  }
  const {
    prometheus,
    exporters,
    readers,
    interval,
    phase,
    process: withProcess = true,
    ...rest
  } = section('metrics', options, [
    'prefix',
    'defaultLabels',
    'strict',
    'maxSeries',
    'collectTimeout',
    'exemplars',
    'views',
    'prometheus',
    'exporters',
    'readers',
    'interval',
    'phase',
    'process',
  ]);
  const registry = new Registry({ ...rest, clock, diagnostics });
  if (prometheus !== undefined) checkRule(OWNER, 'metrics.prometheus', prometheus, AN_OBJECT);
  const server =
    prometheus === undefined ? undefined : prometheusServer({ diagnostics, ...prometheus, registry });
  const meterProvider = new MeterProvider({ registry, resource, readers });
  const periodic = (exporters ?? []).map((exporter) =>
    periodicExporter({
      registry,
      resource,
      exporter,
      clock,
      diagnostics,
      ...(interval === undefined ? {} : { interval }),
      ...(phase === undefined ? {} : { phase }),
    }),
  );
  // What may throw stands above: from here on there is something to stop.
  const processMetrics = withProcess ? defaultMetrics(registry) : undefined;
  selfMetrics(registry, diagnostics);
  server?.start().catch((error: unknown) => {
    diagnostics.report('scrape_server', 'metrics.prometheus', 'Metrics are not served', error);
  });
  return {
    registry,
    meterProvider,
    isOn: true,
    prometheus: server,
    flush: (options) =>
      Promise.all([
        meterProvider.forceFlush(options),
        ...periodic.map((exporter) => exporter.flush(options)),
      ]),
    shutdown: async (options) => {
      await Promise.all(periodic.map((exporter) => exporter.shutdown(options)));
      await meterProvider.shutdown(options);
      await server?.stop();
      processMetrics?.stop();
    },
  };
}

/** The options of one pillar: an object with no unknown key. */
function section<T extends object>(
  name: string,
  options: T | undefined,
  known: readonly (keyof T & string)[],
): T {
  return checkOptions(`${OWNER}: ${name}`, options, known);
}
