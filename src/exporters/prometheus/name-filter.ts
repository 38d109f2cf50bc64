import type { AnyMetric } from '../../metrics/any-metric.js';

/**
 * The names that a scrape asks for: `/metrics?name[]=up&name[]=http_requests_total`, as in Prometheus' libraries
 * for Java and Python. `undefined` where it asks for all.
 */
export function askedNames(url: string | undefined): ReadonlySet<string> | undefined {
  const at = url?.indexOf('?') ?? -1;
  if (at < 0) return undefined;
  const names = new URLSearchParams(url!.slice(at)).getAll('name[]');
  return names.length === 0 ? undefined : new Set(names);
}

/** Whether a metric bears one of the names, or one of its lines does: `latency_seconds_bucket` is of `latency_seconds`. */
export function isAsked(metric: AnyMetric, prefix: string, names: ReadonlySet<string> | undefined): boolean {
  if (names === undefined) return true;
  const name = prefix + metric.name;
  return (
    names.has(name) ||
    names.has(name.replace(/_(?:total|info)$/, '')) ||
    metric.lines.some(({ suffix }) => suffix !== '' && names.has(name + suffix))
  );
}
