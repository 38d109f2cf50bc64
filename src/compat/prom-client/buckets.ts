/** `count` upper bounds from `start` on, each `width` above the one before. */
export function linearBuckets(start: number, width: number, count: number): number[] {
  if (count < 1) throw new Error('Linear buckets needs a positive count');
  return Array.from({ length: count }, (_, i) => start + i * width);
}

/** `count` upper bounds from `start` on, each `factor` times the one before. */
export function exponentialBuckets(start: number, factor: number, count: number): number[] {
  if (start <= 0) throw new Error('Exponential buckets needs a positive start');
  if (count < 1) throw new Error('Exponential buckets needs a positive count');
  if (factor <= 1) throw new Error('Exponential buckets needs a factor greater than 1');
  const buckets: number[] = [];
  // One multiplication after the other, so that the bounds are the same to the last digit as prom-client's.
  for (let bound = start; buckets.length < count; bound *= factor) buckets.push(bound);
  return buckets;
}
