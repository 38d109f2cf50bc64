import type { Attributes, Context } from '@opentelemetry/api';
import { cleanAttributes } from '../../common/attributes.js';
import { processContextManager } from '../../common/context-manager.js';
import type { CounterSeries } from '../counter.js';
import type { DistributionSeries } from '../distribution.js';
import type { GaugeSeries } from '../gauge.js';
import type { InstrumentIdentity } from '../instrument.js';
import { LabelCache } from '../label-cache.js';
import { labelText, OVERFLOW_LABEL } from '../labels.js';
import { prometheusLabel } from '../prometheus-names.js';
import type { UpDownCounterSeries } from '../up-down-counter.js';
import type { SharedMetric, SharedSeries } from './shared-metric.js';
import type { AttributesProcessor } from './view-selector.js';

/** Label names of one metric at most: attributes with other names are left out of Prometheus's labels. */
const MAX_LABELS = 128;

/**
 * What becomes of the measurements of one instrument under one view: series of a metric of the registry, found by
 * their attributes.
 */
export abstract class Stream<S extends SharedSeries = SharedSeries> {
  readonly identity: InstrumentIdentity;
  readonly #shared: SharedMetric<S>;
  readonly #processors: readonly AttributesProcessor[];
  readonly #scopeLabels: Readonly<Record<string, string>>;
  readonly #cache = new LabelCache<S>();
  #bare: S | undefined;

  constructor(
    identity: InstrumentIdentity,
    shared: SharedMetric<S>,
    processors: readonly AttributesProcessor[],
    withScope: boolean,
  ) {
    this.identity = identity;
    this.#shared = shared;
    this.#processors = processors;
    const { name, version = '' } = identity.scope;
    this.#scopeLabels = withScope ? { otel_scope_name: name, otel_scope_version: version } : {};
  }

  abstract record(value: number, attributes?: Attributes, context?: Context): void;

  /** The series of these attributes. Never throws. */
  at(given: Attributes | undefined, context?: Context): S {
    let attributes = given;
    if (this.#processors.length > 0) attributes = this.#processed(given, context);
    if (attributes === undefined || attributes === null) {
      if (!this.#bare?.live) this.#bare = this.#resolve({});
      return this.#bare;
    }
    const found = this.#cache.find(attributes);
    // One that was taken away has perhaps an heir by now.
    return found?.live ? found : this.#resolve(attributes);
  }

  /** Its series as they stand; those of other instruments of the same name are not among them. */
  series(): S[] {
    return this.#shared.metric.series().filter((series) => {
      return this.#shared.made.get(series)?.instrument === this.identity;
    });
  }

  /** Takes away one of its series. */
  discard(series: S): void {
    this.#shared.metric.discard(series);
  }

  /** A value that is not counted. */
  refuse(value: unknown, accepted: string): void {
    this.#shared.metric.badValue(value, accepted);
  }

  #resolve(given: Attributes): S {
    const attributes = cleanAttributes(given);
    const labels: Record<string, string> = { ...this.#scopeLabels };
    const names = this.#shared.metric.labelNames as string[];
    for (const key of Object.keys(attributes)) {
      const label = prometheusLabel(key);
      if (!names.includes(label)) {
        if (names.length >= MAX_LABELS) continue;
        names.push(label);
      }
      const text = textOf(attributes[key]);
      // Two that become one name are told one after the other, as the specification has it.
      labels[label] = labels[label] === undefined ? text : `${labels[label]};${text}`;
    }
    const series = this.#shared.metric.labels(labels as never);
    if (series.text.startsWith(OVERFLOW_LABEL)) return series;
    if (!this.#shared.made.has(series))
      this.#shared.made.set(series, { instrument: this.identity, attributes });
    if (Object.keys(attributes).length > 0) this.#cache.remember(attributes as never, series);
    return series;
  }

  #processed(given: Attributes | undefined, context: Context | undefined): Attributes {
    let attributes = given ?? {};
    try {
      for (const processor of this.#processors) {
        attributes = processor.process(attributes, context ?? processContextManager().active());
      }
    } catch (error) {
      const { diagnostics } = this.#shared.metric.settings;
      const { name } = this.identity.descriptor;
      diagnostics.report('view_failed', name, `An attributes processor of a view of ${name} failed`, error);
    }
    return attributes;
  }
}

export class CounterStream extends Stream<CounterSeries | UpDownCounterSeries> {
  override record(value: number, attributes?: Attributes, context?: Context): void {
    // Left out, `inc` would count one.
    this.at(attributes, context).inc(value === undefined ? Number.NaN : value);
  }
}

export class GaugeStream extends Stream<GaugeSeries> {
  override record(value: number, attributes?: Attributes, context?: Context): void {
    this.at(attributes, context).set(value);
  }
}

export class HistogramStream extends Stream<DistributionSeries> {
  override record(value: number, attributes?: Attributes, context?: Context): void {
    this.at(attributes, context).observe(value);
  }
}

function textOf(value: unknown): string {
  return labelText(Array.isArray(value) ? JSON.stringify(value) : value);
}
