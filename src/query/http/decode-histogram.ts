import { CUSTOM_SCHEMA, exponentialBound, MAX_SCHEMA, MIN_SCHEMA } from '../histogram/bounds.js';
import type { Buckets } from '../histogram/buckets.js';
import { FloatHistogram } from '../histogram/histogram.js';
import { parseNumber } from '../numbers.js';
import type { WireHistogram } from './wire.js';

interface Range {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}

/** The boundary rule of the zero bucket: both ends are in it. */
const BOTH_CLOSED = 3;

/**
 * The native histogram behind the buckets that the HTTP API shows. The API does not tell the schema: it is the
 * one whose bounds are those of the buckets; where there is none, the bounds are custom ones.
 */
export function decodeHistogram({ count, sum, buckets = [] }: WireHistogram): FloatHistogram {
  const ranges = buckets.map(([rule, lower, upper, held]) => ({
    rule,
    lower: number(lower),
    upper: number(upper),
    count: number(held),
  }));
  const totals = { count: number(count), sum: number(sum) };
  const zero = ranges.find(({ rule, lower, upper }) => rule === BOTH_CLOSED && lower === -upper);
  const others = ranges.filter((range) => range !== zero);
  const schema = schemaOf(others, zero?.upper ?? 0);
  if (schema === undefined) return new FloatHistogram({ ...totals, ...customBuckets(ranges) });
  return new FloatHistogram({
    ...totals,
    schema,
    zeroThreshold: zero?.upper ?? 0,
    zeroCount: zero?.count ?? 0,
    positive: side(
      others.filter(({ upper }) => upper > 0),
      schema,
    ),
    negative: side(
      others
        .filter(({ upper }) => upper <= 0)
        .map(mirrored)
        .reverse(),
      schema,
    ),
  });
}

function schemaOf(ranges: readonly Range[], zeroThreshold: number): number | undefined {
  for (let schema = MAX_SCHEMA; schema >= MIN_SCHEMA; schema--) {
    const fits = ranges.every((range) => {
      const { lower, upper } = range.upper > 0 ? range : mirrored(range);
      const index = indexOf(upper, schema);
      // The bucket next to the zero bucket may be cut short by it.
      const start = Math.max(zeroThreshold, exponentialBound(index - 1, schema));
      return isNear(exponentialBound(index, schema), upper) && isNear(start, lower);
    });
    if (fits) return schema;
  }
  return undefined;
}

function side(ranges: readonly Range[], schema: number): Buckets {
  return {
    indexes: ranges.map(({ upper }) => indexOf(upper, schema)),
    counts: ranges.map(({ count }) => count),
  };
}

function indexOf(upper: number, schema: number): number {
  return Math.round(Math.log2(upper) * 2 ** schema);
}

function mirrored({ lower, upper, count }: Range): Range {
  return { lower: -upper, upper: -lower, count };
}

/** Custom bounds: every end of a bucket that is a number. */
function customBuckets(ranges: readonly Range[]) {
  const bounds = new Set<number>();
  for (const { lower, upper } of ranges)
    for (const bound of [lower, upper]) if (Number.isFinite(bound)) bounds.add(bound);
  const customValues = [...bounds].sort((a, b) => a - b);
  const indexes = ranges.map(({ upper }) =>
    upper === Infinity ? customValues.length : customValues.indexOf(upper),
  );
  return {
    schema: CUSTOM_SCHEMA,
    customValues,
    positive: { indexes, counts: ranges.map(({ count }) => count) },
  };
}

function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}

function number(text: string): number {
  const value = parseNumber(text);
  if (value === undefined) throw new Error(`not a number: ${JSON.stringify(text)}`);
  return value;
}
