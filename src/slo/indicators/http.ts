import { checkMethods, checkOptions } from '../../common/options.js';
import type { Registry } from '../../metrics/registry.js';
import { quote } from '../../query/quote.js';
import type { Indicator } from '../indicator.js';
import { counterRatio } from './counter-ratio.js';
import { latencyBelow } from './latency.js';

/** Which requests an objective is about; what is left out does not matter. */
export interface HttpRequests {
  /** The registry that the HTTP middleware writes to. */
  registry: Registry;
  /** A matched route, such as `/pay/:id`. */
  route?: string;
  /** Such as `POST`. */
  method?: string;
}

export interface HttpAvailabilityOptions extends HttpRequests {
  /** A regular expression (RE2) of the status codes that are failures. Default `5..|499`: 499 is a client that left. */
  badStatus?: string;
}

export interface HttpLatencyOptions extends HttpRequests {
  /** Seconds up to which a request is good; a bucket of `http_request_duration_seconds`. */
  threshold: number;
}

/**
 * The requests that telltale's HTTP middlewares count, bad where the status says so.
 *
 * @throws TelltaleError when an option is wrong.
 */
export function httpAvailability(options: HttpAvailabilityOptions): Indicator {
  const owner = 'httpAvailability';
  const given = checkOptions(owner, options, ['registry', 'route', 'method', 'badStatus']);
  checkMethods(owner, 'registry', given.registry, ['getSingleMetric']);
  const labels = labelsOf(given);
  return counterRatio({
    registry: given.registry,
    bad: selector('http_requests_total', [...labels, `status=~${quote(given.badStatus ?? '5..|499')}`]),
    total: selector('http_requests_total', labels),
  });
}

/**
 * The requests that telltale's HTTP middlewares time, bad where they take longer than a threshold.
 *
 * @throws TelltaleError when an option is wrong.
 */
export function httpLatency(options: HttpLatencyOptions): Indicator {
  const owner = 'httpLatency';
  const given = checkOptions(owner, options, ['registry', 'route', 'method', 'threshold']);
  checkMethods(owner, 'registry', given.registry, ['getSingleMetric']);
  return latencyBelow({
    registry: given.registry,
    histogram: selector('http_request_duration_seconds', labelsOf(given)),
    threshold: given.threshold,
  });
}

function labelsOf({ route, method }: HttpRequests): string[] {
  return [
    ...(route === undefined ? [] : [`route=${quote(route)}`]),
    ...(method === undefined ? [] : [`method=${quote(method)}`]),
  ];
}

function selector(name: string, labels: readonly string[]): string {
  return labels.length === 0 ? name : `${name}{${labels.join(',')}}`;
}
