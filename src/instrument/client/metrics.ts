import { Histogram } from '../../metrics/histogram.js';
import type { Registry } from '../../metrics/registry.js';
import { DURATION_BUCKETS } from '../semconv.js';

/** An outgoing request, as its metric tells of it. */
export interface MeasuredRequest {
  readonly method: string;
  readonly address: string;
  readonly port: number;
}

/**
 * `http_client_request_duration_seconds`, by method, server and outcome: `http.client.request.duration` of the
 * conventions. Never by path, which has no bound.
 *
 * Specification: https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#http-client
 */
export function clientDuration(
  registry: Registry,
): (
  request: MeasuredRequest,
  status: number | undefined,
  errorType: string | undefined,
  seconds: number,
) => void {
  const duration = registry.getOrCreate(Histogram, {
    name: 'http_client_request_duration_seconds',
    help: 'Time from sending a request to the head of its response, in seconds.',
    labelNames: [
      'http_request_method',
      'server_address',
      'server_port',
      'http_response_status_code',
      'error_type',
    ],
    buckets: DURATION_BUCKETS,
  });
  return ({ method, address, port }, status, errorType, seconds) =>
    duration
      .labels({
        http_request_method: method,
        server_address: address,
        server_port: port,
        http_response_status_code: status,
        error_type: errorType,
      })
      .observe(seconds);
}
