/** Each bucket's bound is so much above the one before: a quantile is off by 2.5 % at most. */
const GROWTH = 1.05;
/** From 10 microseconds to a day. */
const LEAST = 0.01;
const BUCKETS = Math.ceil(Math.log(86_400_000 / LEAST) / Math.log(GROWTH));
const PER_BUCKET = 1 / Math.log(GROWTH);

/** Traces after which what was seen counts half. */
const HALF_LIFE = 10_000;
/** Routes that are told apart; those beyond share one distribution. */
const MAX_ROUTES = 500;

/** The recent durations of one route: about 2 kB. */
class Durations {
  readonly #counts = new Uint32Array(BUCKETS);
  #total = 0;

  get total(): number {
    return this.#total;
  }

  /** Whether a duration is above the quantile of those seen so far. */
  exceeds(ms: number, quantile: number): boolean {
    const own = bucketOf(ms);
    let above = 0;
    for (let bucket = BUCKETS - 1; bucket >= own; bucket--) above += this.#counts[bucket]!;
    return above < this.#total * (1 - quantile);
  }

  add(ms: number): void {
    this.#counts[bucketOf(ms)]!++;
    this.#total++;
    if (this.#total < 2 * HALF_LIFE) return;
    this.#total = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      this.#counts[bucket] = this.#counts[bucket]! >>> 1;
      this.#total += this.#counts[bucket]!;
    }
  }
}

/**
 * Says of each trace in turn whether it took longer than the percentile (0 to 100) of the recent traces of its
 * route; never of the first `minTraces`. Bounded: 500 routes, 2 kB each.
 */
export function latencyPercentile(
  percentile: number,
  minTraces: number,
): (route: string, ms: number) => boolean {
  const routes = new Map<string, Durations>();
  return (route, ms) => {
    const key = routes.has(route) || routes.size < MAX_ROUTES ? route : '';
    let durations = routes.get(key);
    if (durations === undefined) {
      durations = new Durations();
      routes.set(key, durations);
    }
    const slow = durations.total >= minTraces && durations.exceeds(ms, percentile / 100);
    durations.add(ms);
    return slow;
  };
}

function bucketOf(ms: number): number {
  const bucket = Math.ceil(Math.log(ms / LEAST) * PER_BUCKET);
  return bucket > 0 ? Math.min(bucket, BUCKETS - 1) : 0;
}
