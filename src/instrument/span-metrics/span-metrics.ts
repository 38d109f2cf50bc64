import { processContexts, rootContext } from '../../common/context.js';
import { invalidOption } from '../../common/errors.js';
import { checkArray, checkMethods, checkOptions, checkString } from '../../common/options.js';
import { withSpan } from '../../common/with-span.js';
import { Counter } from '../../metrics/counter.js';
import { Histogram } from '../../metrics/histogram.js';
import type { Registry } from '../../metrics/registry.js';
import type { ReadableSpan, SpanProcessor } from '../../trace/readable-span.js';
import { KIND_NAMES, STATUS_NAMES, secondsOf, serviceOf, spanOfExemplar } from './facts.js';

export interface SpanMetricsOptions {
  /** Holds the metrics. If it has `exemplars`, they lead to the spans that were measured. */
  registry: Registry;
  /** Stands before the names of the metrics. Default `traces_span_metrics`. */
  namespace?: string;
  /**
   * Attributes of the span, or else of its resource, that become labels as well: `http.route` becomes `http_route`.
   * Each of their values makes series of its own. Default: none.
   */
  dimensions?: string[];
  /** Upper bounds of the durations, in seconds. Default: 2 ms to 15 s, as in the Collector's connector. */
  buckets?: readonly number[];
}

const BUCKETS = [0.002, 0.004, 0.006, 0.008, 0.01, 0.05, 0.1, 0.2, 0.4, 0.8, 1, 1.4, 2, 5, 10, 15];
const LABELS = ['service_name', 'span_name', 'span_kind', 'status_code'] as const;

/**
 * Requests, errors and durations counted from spans, sampled or not: a span processor.
 *
 * ```ts
 * new TracerProvider({ spanProcessors: [new SpanMetricsProcessor({ registry }), toCollector] });
 * ```
 *
 * The metrics are those of the OpenTelemetry Collector's `spanmetrics` connector as Prometheus shows them, so that
 * dashboards work with either: `traces_span_metrics_calls_total` and `traces_span_metrics_duration_seconds`, by
 * `service_name`, `span_name`, `span_kind` and `status_code`; errors are the calls with `STATUS_CODE_ERROR`. Only
 * spans that are recorded are seen: where a sampler drops spans, let it record them all the same.
 */
export class SpanMetricsProcessor implements SpanProcessor {
  readonly #calls: Counter<string>;
  readonly #duration: Histogram<string>;
  readonly #dimensions: readonly (readonly [attribute: string, label: string])[];
  readonly #exemplars: boolean;

  /** @throws TelltaleError for an option that is unknown or wrong. */
  constructor(options: SpanMetricsOptions) {
    const owner = 'SpanMetricsProcessor';
    const given = checkOptions(owner, options, ['registry', 'namespace', 'dimensions', 'buckets']);
    const registry = checkMethods(owner, 'registry', given.registry, ['getOrCreate']);
    const namespace = checkString(owner, 'namespace', given.namespace, 'traces_span_metrics');
    const seen = new Set<string>(LABELS);
    this.#dimensions = checkArray(owner, 'dimensions', given.dimensions, (name: string, path) => {
      if (typeof name !== 'string' || name === '' || seen.has(labelOf(name))) {
        throw invalidOption(owner, path, name, 'the name of an attribute whose label is not taken yet');
      }
      seen.add(labelOf(name));
    }).map((name) => [name, labelOf(name)] as const);
    const labelNames = [...seen];
    this.#calls = registry.getOrCreate(Counter, {
      name: `${namespace}_calls_total`,
      help: 'Spans that ended, by service, name, kind and status.',
      labelNames,
    });
    this.#duration = registry.getOrCreate(Histogram, {
      name: `${namespace}_duration_seconds`,
      help: 'How long spans took.',
      labelNames,
      buckets: given.buckets ?? BUCKETS,
    });
    this.#exemplars = registry.settings.exemplars !== undefined;
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    const labels: Record<string, string> = {
      service_name: serviceOf(span),
      span_name: span.name,
      span_kind: KIND_NAMES[span.kind] ?? KIND_NAMES[0]!,
      status_code: STATUS_NAMES[span.status.code] ?? STATUS_NAMES[0]!,
    };
    for (const [attribute, label] of this.#dimensions) {
      const value = span.attributes[attribute] ?? span.resource.attributes[attribute];
      labels[label] = value === undefined ? '' : String(value);
    }
    if (!this.#exemplars) this.#record(labels, span);
    // Exemplars are of the active span, and this one is not active any more.
    else
      processContexts().with(withSpan(rootContext, spanOfExemplar(span)), () => this.#record(labels, span));
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}

  #record(labels: Record<string, string>, span: ReadableSpan): void {
    this.#calls.inc(labels);
    this.#duration.observe(labels, secondsOf(span));
  }
}

function labelOf(attribute: string): string {
  return attribute.replace(/[^a-zA-Z0-9_]/g, '_').replace(/^\d/, '_$&');
}
