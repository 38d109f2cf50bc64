import { formatGeneral } from '../numbers.js';
import { CUSTOM_SCHEMA, exponentialBound } from './bounds.js';
import {
  anyDecrease,
  type Buckets,
  combineBuckets,
  filterBuckets,
  lowerResolution,
  mapCounts,
  NO_BUCKETS,
  sameBuckets,
  sameNumbers,
} from './buckets.js';
import { reconcileZeroBuckets, zeroBucketAt } from './zero-bucket.js';

/** What is known of a counter reset before a sample; `gauge` where the histogram is none that counts up. */
export type CounterResetHint = 'unknown' | 'reset' | 'not_reset' | 'gauge';

/** A bucket with its bounds. */
export interface Bucket {
  readonly lower: number;
  readonly upper: number;
  readonly lowerInclusive: boolean;
  readonly upperInclusive: boolean;
  readonly count: number;
}

export interface HistogramFields {
  /** -4 to 8: buckets grow by 2^(2^-schema). -53: the bounds are `customValues`. Default 0. */
  readonly schema?: number;
  readonly count?: number;
  readonly sum?: number;
  readonly zeroThreshold?: number;
  readonly zeroCount?: number;
  readonly positive?: Buckets;
  readonly negative?: Buckets;
  /** Upper bounds of the custom buckets, +Inf left out. */
  readonly customValues?: readonly number[];
  readonly hint?: CounterResetHint;
}

/** Why two histograms cannot be added: one has exponential buckets and the other custom ones, or other bounds. */
export type Incompatibility = 'schema' | 'bounds';

/**
 * A native histogram. Immutable: every operation makes another.
 *
 * Spec: https://prometheus.io/docs/specs/native_histograms/
 */
export class FloatHistogram {
  readonly schema: number;
  readonly count: number;
  readonly sum: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly positive: Buckets;
  readonly negative: Buckets;
  readonly customValues: readonly number[];
  readonly hint: CounterResetHint;

  constructor(fields: HistogramFields = {}) {
    this.schema = fields.schema ?? 0;
    this.count = fields.count ?? 0;
    this.sum = fields.sum ?? 0;
    this.zeroThreshold = fields.zeroThreshold ?? 0;
    this.zeroCount = fields.zeroCount ?? 0;
    this.positive = fields.positive ?? NO_BUCKETS;
    this.negative = fields.negative ?? NO_BUCKETS;
    this.customValues = fields.customValues ?? [];
    this.hint = fields.hint ?? 'unknown';
  }

  get custom(): boolean {
    return this.schema === CUSTOM_SCHEMA;
  }

  /** This histogram with some fields changed. */
  with(fields: HistogramFields): FloatHistogram {
    return new FloatHistogram({ ...this, ...fields });
  }

  /** Why the other cannot be added to this or taken from it; `undefined` where it can. */
  incompatibility(other: FloatHistogram): Incompatibility | undefined {
    if (this.custom !== other.custom) return 'schema';
    return this.custom && !sameNumbers(this.customValues, other.customValues) ? 'bounds' : undefined;
  }

  /** The sum of both, at the lower of their resolutions. Only for compatible histograms. */
  add(other: FloatHistogram): FloatHistogram {
    return this.#combine(other, 1, combinedHint(this.hint, other.hint));
  }

  /** What is left when the other is taken away: no longer a counter. Only for compatible histograms. */
  subtract(other: FloatHistogram): FloatHistogram {
    return this.#combine(other, -1, 'gauge');
  }

  multiply(factor: number): FloatHistogram {
    return this.#scale((value) => value * factor, factor < 0 ? 'gauge' : this.hint);
  }

  /** Divided by zero, nothing is left of the buckets but the one at zero. */
  divide(divisor: number): FloatHistogram {
    const divided = this.#scale((value) => value / divisor, divisor < 0 ? 'gauge' : this.hint);
    return divisor === 0 ? divided.with({ positive: NO_BUCKETS, negative: NO_BUCKETS }) : divided;
  }

  /** Without empty buckets. */
  compact(): FloatHistogram {
    const populated = (_index: number, count: number): boolean => count !== 0;
    const positive = filterBuckets(this.positive, populated);
    const negative = filterBuckets(this.negative, populated);
    return positive === this.positive && negative === this.negative
      ? this
      : this.with({ positive, negative });
  }

  /** At a lower resolution; custom buckets stay as they are. */
  toSchema(schema: number): FloatHistogram {
    if (schema === this.schema || this.custom) return this;
    const positive = lowerResolution(this.positive, this.schema, schema);
    const negative = lowerResolution(this.negative, this.schema, schema);
    return this.with({ schema, positive, negative });
  }

  /** Whether the counters behind this histogram began anew since `previous`. */
  isResetAfter(previous: FloatHistogram): boolean {
    if (this.hint === 'reset') return true;
    if (this.hint === 'not_reset') return false;
    if (this.count < previous.count || this.incompatibility(previous) !== undefined) return true;
    if (this.schema > previous.schema || this.zeroThreshold < previous.zeroThreshold) return true;
    const before = previous.with(zeroBucketAt(previous, this.zeroThreshold));
    if (before.zeroThreshold !== this.zeroThreshold || this.zeroCount < before.zeroCount) return true;
    const lowered = before.toSchema(this.schema);
    return anyDecrease(this.positive, lowered.positive) || anyDecrease(this.negative, lowered.negative);
  }

  equals(other: FloatHistogram): boolean {
    return (
      this.schema === other.schema &&
      this.count === other.count &&
      Object.is(this.sum, other.sum) &&
      this.zeroThreshold === other.zeroThreshold &&
      this.zeroCount === other.zeroCount &&
      sameBuckets(this.positive, other.positive) &&
      sameBuckets(this.negative, other.negative) &&
      (!this.custom || sameNumbers(this.customValues, other.customValues))
    );
  }

  /** Every bucket in ascending order: negative, the zero bucket where it holds anything, positive. */
  buckets(): Bucket[] {
    const buckets: Bucket[] = [];
    const { negative, positive, zeroThreshold } = this;
    for (let i = negative.indexes.length - 1; i >= 0; i--) {
      const index = negative.indexes[i]!;
      const upper = Math.min(-this.#bound(index - 1), -zeroThreshold);
      buckets.push(bucket(-this.#bound(index), upper, negative.counts[i]!));
    }
    if (this.zeroCount > 0) {
      const edges = { lowerInclusive: true, upperInclusive: true };
      buckets.push({ lower: -zeroThreshold, upper: zeroThreshold, ...edges, count: this.zeroCount });
    }
    for (const [i, index] of positive.indexes.entries()) {
      if (this.custom) buckets.push(this.#customBucket(index, positive.counts[i]!));
      else {
        const lower = Math.max(this.#bound(index - 1), zeroThreshold);
        buckets.push(bucket(lower, this.#bound(index), positive.counts[i]!));
      }
    }
    return buckets;
  }

  /** In Prometheus's notation: `{count:4, sum:5, (0.5,1]:1, (1,2]:3}`. */
  toString(): string {
    let text = `{count:${formatGeneral(this.count)}, sum:${formatGeneral(this.sum)}`;
    for (const { lower, upper, lowerInclusive, upperInclusive, count } of this.buckets()) {
      if (count === 0) continue;
      const bounds = `${formatGeneral(lower)},${formatGeneral(upper)}`;
      text += `, ${lowerInclusive ? '[' : '('}${bounds}${upperInclusive ? ']' : ')'}:${formatGeneral(count)}`;
    }
    return `${text}}`;
  }

  #bound(index: number): number {
    return exponentialBound(index, this.schema);
  }

  #customBucket(index: number, count: number): Bucket {
    const lower = index === 0 ? -Infinity : (this.customValues[index - 1] ?? Infinity);
    const upper = this.customValues[index] ?? Infinity;
    return { lower, upper, lowerInclusive: index === 0, upperInclusive: true, count };
  }

  #scale(change: (value: number) => number, hint: CounterResetHint): FloatHistogram {
    return this.with({
      count: change(this.count),
      sum: change(this.sum),
      zeroCount: change(this.zeroCount),
      positive: mapCounts(this.positive, change),
      negative: mapCounts(this.negative, change),
      hint,
    });
  }

  #combine(other: FloatHistogram, factor: number, hint: CounterResetHint): FloatHistogram {
    const schema = Math.min(this.schema, other.schema);
    const [a, b] = this.custom ? [this, other] : reconcileZeroBuckets(this, other);
    const left = this.with(a).toSchema(schema);
    const right = other.with(b).toSchema(schema);
    return left.with({
      count: this.count + factor * other.count,
      sum: this.sum + factor * other.sum,
      zeroCount: left.zeroCount + factor * right.zeroCount,
      positive: combineBuckets(left.positive, right.positive, factor),
      negative: combineBuckets(left.negative, right.negative, factor),
      hint,
    });
  }
}

function bucket(lower: number, upper: number, count: number): Bucket {
  return { lower, upper, lowerInclusive: lower < 0, upperInclusive: upper > 0, count };
}

function combinedHint(a: CounterResetHint, b: CounterResetHint): CounterResetHint {
  if (a === b) return a;
  return a === 'gauge' || b === 'gauge' ? 'gauge' : 'unknown';
}
