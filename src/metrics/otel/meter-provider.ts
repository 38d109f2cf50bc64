import type { MeterOptions, MeterProvider as MeterProviderApi } from '@opentelemetry/api';
import type { FlushOptions } from '../../common/export.js';
import { checkArray, checkBoolean, checkMethods, checkOptions } from '../../common/options.js';
import { createResource, type Resource } from '../../common/resource.js';
import type { InstrumentType } from '../instrument.js';
import { Registry } from '../registry.js';
import type { AggregationTemporality, ResourceMetrics } from '../resource-metrics.js';
import { registryReader } from '../resource-view.js';
import { Meter } from './meter.js';
import { Observation } from './observation.js';
import { SharedMetrics } from './shared-metric.js';
import { StreamFactory } from './stream-factory.js';
import type { ViewSelector } from './view-selector.js';

/** A reader of OpenTelemetry's SDK (`PeriodicExportingMetricReader`, `PrometheusExporter`, …), or like one. */
export interface MetricReader {
  setMetricProducer(producer: MetricProducer): void;
  selectAggregationTemporality(instrumentType: InstrumentType): AggregationTemporality;
  forceFlush(options?: FlushOptions): Promise<void>;
  shutdown(options?: FlushOptions): Promise<void>;
}

/** What a reader is given to read from. */
export interface MetricProducer {
  collect(options?: { timeoutMillis?: number }): Promise<CollectionResult>;
}

export interface CollectionResult {
  resourceMetrics: ResourceMetrics;
  errors: unknown[];
}

export interface MeterProviderOptions {
  /** Where the instruments' metrics appear. Default: a registry of its own, `provider.registry`. */
  registry?: Registry;
  /** What is told of the process that measures. Default: what the environment says. */
  resource?: Resource;
  /**
   * Readers made for OpenTelemetry's SDK. They read the whole registry, telltale's own metrics included. What they
   * prefer of temporality is heeded; what they prefer of aggregation is not, for there is one registry for all.
   */
  readers?: readonly MetricReader[];
  /**
   * Labels `otel_scope_name` and `otel_scope_version` in Prometheus, as OpenTelemetry's specification has it.
   * Without them, instruments of one name in two meters share their series. Default true.
   */
  scopeLabels?: boolean;
}

export const OWNER = 'MeterProvider';

const withoutViews: ViewSelector = (_, standard) => [{ aggregation: standard() }];

/** A meter provider without views; see `ViewedMeterProvider`. */
export class MeterProvider implements MeterProviderApi {
  readonly registry: Registry;
  readonly #meters = new Map<string, Meter>();
  readonly #streams: StreamFactory;
  readonly #observation: Observation;
  readonly #readers: readonly MetricReader[];
  readonly #stopObserving: () => void;
  #shutdown: Promise<void> | undefined;

  /** @param viewsOf without it, which is how `createTelemetry` makes one, nobody carries what views need */
  constructor(options: MeterProviderOptions = {}, viewsOf: ViewSelector = withoutViews) {
    const given = checkOptions(OWNER, options, [
      'registry',
      'resource',
      'readers',
      'views' as never, // read by `viewsOf`
      'scopeLabels',
    ]);
    this.registry = checkMethods(OWNER, 'registry', given.registry ?? new Registry(), [
      'collect',
      'getMetricsAsArray',
      'registerMetric',
    ]);
    const { settings } = this.registry;
    const resource = checkMethods(
      OWNER,
      'resource',
      given.resource ?? createResource({ diagnostics: settings.diagnostics }),
      ['merge'],
    );
    this.#readers = checkArray(OWNER, 'readers', given.readers, (reader, path) =>
      checkMethods(OWNER, path, reader, ['setMetricProducer', 'forceFlush', 'shutdown']),
    );
    this.#observation = new Observation(settings);
    this.#streams = new StreamFactory(
      new SharedMetrics(this.registry),
      viewsOf,
      checkBoolean(OWNER, 'scopeLabels', given.scopeLabels, true),
      settings,
    );
    this.#stopObserving = this.registry.onCollect('observable instruments', () =>
      this.#observation.collect(),
    );
    for (const reader of this.#readers) {
      const source = registryReader({
        registry: this.registry,
        resource,
        temporality: (type) => reader.selectAggregationTemporality?.(type) ?? 1,
      });
      reader.setMetricProducer({
        collect: async () => ({ resourceMetrics: await source.read(), errors: [] }),
      });
    }
  }

  /** The meter of that name and version; the same one for the same arguments. */
  getMeter(name: string, version?: string, options?: MeterOptions): Meter {
    const key = JSON.stringify([name, version, options?.schemaUrl]);
    const known = this.#meters.get(key);
    if (known !== undefined) return known;
    const scope = {
      name: String(name ?? ''),
      ...(version !== undefined && { version: String(version) }),
      ...(options?.schemaUrl !== undefined && { schemaUrl: String(options.schemaUrl) }),
    };
    const meter = new Meter(scope, this.#streams, this.#observation);
    this.#meters.set(key, meter);
    return meter;
  }

  /** Has every reader send what there is. Never rejects: failures are told to diagnostics. */
  async forceFlush(options?: FlushOptions): Promise<void> {
    await this.#each('flush', (reader) => reader.forceFlush(options));
  }

  /** Shuts every reader down; the instruments stay, and observable ones are asked no more. Never rejects. */
  shutdown(options?: FlushOptions): Promise<void> {
    this.#shutdown ??= this.#each('shutdown', (reader) => reader.shutdown(options)).then(this.#stopObserving);
    return this.#shutdown;
  }

  async #each(step: string, call: (reader: MetricReader) => Promise<void>): Promise<void> {
    await Promise.all(
      this.#readers.map(async (reader) => {
        try {
          await call(reader);
        } catch (error) {
          const { diagnostics } = this.registry.settings;
          diagnostics.report(
            'export_failed',
            `metrics ${step}`,
            `The ${step} of a metric reader failed`,
            error,
          );
        }
      }),
    );
  }
}
