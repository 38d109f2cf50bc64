import { Counter } from '../../metrics/counter.js';
import { Gauge } from '../../metrics/gauge.js';
import { Histogram } from '../../metrics/histogram.js';
import type { Registry } from '../../metrics/registry.js';
import { DURATION_BUCKETS } from '../semconv.js';

/** The `route` label of requests that no route matched: raw paths would have no bound. */
export const UNMATCHED_ROUTE = 'unmatched';

/** Bytes: 100 B to 10 MB. */
const SIZE_BUCKETS = [100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];

const LABELS = ['method', 'route', 'status'] as const;

/** The series of one method, route and status. */
export interface Series {
  readonly total: { inc(): void };
  readonly duration: { observe(value: number): void };
  readonly requestSize: { observe(value: number): void };
  readonly responseSize: { observe(value: number): void };
}

/**
 * The metrics of a server: `http_requests_total`, `http_request_duration_seconds`, `http_request_size_bytes`
 * and `http_response_size_bytes` by method, route and status, and `http_requests_in_flight`.
 */
export class ServerMetrics {
  readonly #total;
  readonly #duration;
  readonly #requestSize;
  readonly #responseSize;
  readonly #inFlight;

  constructor(registry: Registry) {
    this.#total = registry.getOrCreate(Counter, {
      name: 'http_requests_total',
      help: 'Requests that were answered or broken off.',
      labelNames: LABELS,
    });
    this.#duration = registry.getOrCreate(Histogram, {
      name: 'http_request_duration_seconds',
      help: 'Time from the head of a request to the last byte of its response, in seconds.',
      labelNames: LABELS,
      buckets: DURATION_BUCKETS,
    });
    this.#requestSize = registry.getOrCreate(Histogram, {
      name: 'http_request_size_bytes',
      help: 'Size of request bodies, in bytes.',
      labelNames: LABELS,
      buckets: SIZE_BUCKETS,
    });
    this.#responseSize = registry.getOrCreate(Histogram, {
      name: 'http_response_size_bytes',
      help: 'Size of response bodies, in bytes.',
      labelNames: LABELS,
      buckets: SIZE_BUCKETS,
    });
    this.#inFlight = registry.getOrCreate(Gauge, {
      name: 'http_requests_in_flight',
      help: 'Requests that are being answered.',
    });
  }

  started(): void {
    this.#inFlight.inc();
  }

  finished(series: Series, seconds: number, received: number, sent: number): void {
    this.#inFlight.dec();
    series.total.inc();
    series.duration.observe(seconds);
    series.requestSize.observe(received);
    series.responseSize.observe(sent);
  }

  /** Handles to the series of a method, a route (`undefined` where none matched) and a status. */
  series(method: string, route: string | undefined, status: number): Series {
    const labels = { method, route: route ?? UNMATCHED_ROUTE, status: String(status) };
    return {
      total: this.#total.labels(labels),
      duration: this.#duration.labels(labels),
      requestSize: this.#requestSize.labels(labels),
      responseSize: this.#responseSize.labels(labels),
    };
  }
}
