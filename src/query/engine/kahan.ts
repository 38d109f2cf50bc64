/** A sum with its rounding error kept beside it: Kahan's algorithm with Neumaier's improvement. */
export class KahanSum {
  sum: number;
  error = 0;

  constructor(sum = 0) {
    this.sum = sum;
  }

  add(value: number): void {
    const total = this.sum + value;
    if (!Number.isFinite(total) && !Number.isNaN(total)) this.error = 0;
    else if (Math.abs(this.sum) >= Math.abs(value)) this.error += this.sum - total + value;
    else this.error += value - total + this.sum;
    this.sum = total;
  }

  get total(): number {
    return isInfinite(this.sum) ? this.sum : this.sum + this.error;
  }
}

export function isInfinite(value: number): boolean {
  return value === Infinity || value === -Infinity;
}

/**
 * The mean of values that come one by one. The sum is divided at the end, which is the more exact way, until it
 * would overflow; from then on the mean itself is kept.
 */
export class KahanMean {
  readonly #sum = new KahanSum();
  #count = 0;
  #mean: KahanSum | undefined;

  add(value: number): void {
    this.#count++;
    if (this.#mean === undefined) {
      const total = this.#sum.sum + value;
      if (this.#count === 1 || !isInfinite(total)) {
        this.#sum.add(value);
        return;
      }
      this.#mean = new KahanSum(this.#sum.sum / (this.#count - 1));
      this.#mean.error = this.#sum.error / (this.#count - 1);
    }
    this.#addToMean(this.#mean, value);
  }

  get mean(): number {
    if (this.#mean !== undefined) return this.#mean.sum + this.#mean.error;
    return this.#sum.sum / this.#count + this.#sum.error / this.#count;
  }

  #addToMean(mean: KahanSum, value: number): void {
    // An infinite mean stays what it is, unless an opposite infinity or a NaN comes.
    if (isInfinite(mean.sum) && !Number.isNaN(value) && (value === mean.sum || !isInfinite(value))) return;
    const share = (this.#count - 1) / this.#count;
    mean.sum *= share;
    mean.error *= share;
    mean.add(value / this.#count);
  }
}
