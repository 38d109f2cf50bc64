/** What one scrape of a service's `/metrics` says of its routes. All figures count from the service's start. */
export interface Scrape {
  at: number;
  routes: Map<string, RouteTotals>;
  objectives: Map<string, ObjectiveFigures>;
}

/** How an objective stands, as the service itself says. */
export interface ObjectiveFigures {
  id: string;
  /** The share of the error budget that is left; below 0 when it is overdrawn. */
  remaining: number;
  /** The burn rate over the whole window. */
  burnRate: number;
  state: string;
}

export interface RouteTotals {
  requests: number;
  /** Answers with a status of 500 and above. */
  failures: number;
  /** Requests by duration: how many took at most `seconds`, for each bucket of the histogram. */
  buckets: Map<number, number>;
}

export interface RouteStats {
  route: string;
  perSecond: number;
  errorRatio: number;
  /** Seconds; NaN where nothing was asked of the route. */
  p50: number;
  p95: number;
  p99: number;
}

export async function scrape(base: string): Promise<Scrape> {
  const response = await fetch(`${base}/metrics`, { signal: AbortSignal.timeout(5_000) }).catch((cause) => {
    throw new Error(`${base}/metrics does not answer`, { cause });
  });
  const result: Scrape = { at: performance.now(), routes: new Map(), objectives: new Map() };
  for (const { name, labels, value } of parseExposition(await response.text())) {
    if (labels.slo !== undefined) readObjective(result, labels.slo, name, labels, value);
    if (labels.method === undefined) continue;
    const totals = routeTotals(result, `${labels.method} ${labels.route || '(no route)'}`);
    if (name === 'http_requests_total') {
      totals.requests += value;
      if (Number(labels.status) >= 500) totals.failures += value;
    } else if (name === 'http_request_duration_seconds_bucket') {
      const bound = labels.le === '+Inf' ? Infinity : Number(labels.le);
      totals.buckets.set(bound, (totals.buckets.get(bound) ?? 0) + value);
    }
  }
  return result;
}

/** What happened between two scrapes, busiest route first. */
export function compare(before: Scrape | undefined, now: Scrape, seconds: number): RouteStats[] {
  const stats: RouteStats[] = [];
  for (const [route, totals] of now.routes) {
    const past = before?.routes.get(route);
    const requests = totals.requests - (past?.requests ?? 0);
    if (requests === 0) continue;
    const buckets = [...totals.buckets]
      .map(([bound, count]) => ({ bound, count: count - (past?.buckets.get(bound) ?? 0) }))
      .sort((a, b) => a.bound - b.bound);
    stats.push({
      route,
      perSecond: requests / seconds,
      errorRatio: (totals.failures - (past?.failures ?? 0)) / requests,
      p50: quantile(0.5, buckets),
      p95: quantile(0.95, buckets),
      p99: quantile(0.99, buckets),
    });
  }
  return stats.sort((a, b) => b.perSecond - a.perSecond);
}

/** The quantile of a cumulative histogram, interpolated inside its bucket, as Prometheus estimates it. */
export function quantile(q: number, buckets: readonly { bound: number; count: number }[]): number {
  const total = buckets.at(-1)?.count ?? 0;
  if (total === 0) return Number.NaN;
  const rank = q * total;
  let lower = 0;
  let below = 0;
  for (const { bound, count } of buckets) {
    if (count >= rank) {
      if (bound === Infinity) return lower;
      return lower + ((bound - lower) * (rank - below)) / (count - below);
    }
    lower = bound;
    below = count;
  }
  return lower;
}

function readObjective(
  { objectives }: Scrape,
  id: string,
  name: string,
  labels: Record<string, string>,
  value: number,
): void {
  const figures = objectives.get(id) ?? { id, remaining: 1, burnRate: 0, state: 'healthy' };
  objectives.set(id, figures);
  if (name === 'slo_error_budget_remaining_ratio') figures.remaining = value;
  else if (name === 'slo_burn_rate' && labels.window === '1h') figures.burnRate = value;
  else if (name === 'slo_state' && value === 1) figures.state = labels.state ?? '';
}

function routeTotals(scraped: Scrape, route: string): RouteTotals {
  let totals = scraped.routes.get(route);
  if (totals === undefined) {
    totals = { requests: 0, failures: 0, buckets: new Map() };
    scraped.routes.set(route, totals);
  }
  return totals;
}

function* parseExposition(
  text: string,
): Iterable<{ name: string; labels: Record<string, string>; value: number }> {
  for (const line of text.split('\n')) {
    const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line);
    if (sample === null) continue;
    const labels: Record<string, string> = {};
    for (const [, key, value] of (sample[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
      labels[key!] = value!.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
    }
    yield { name: sample[1]!, labels, value: Number(sample[3]) };
  }
}
