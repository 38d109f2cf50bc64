import type { FloatHistogram } from '../histogram/histogram.js';

export const FLOAT = 0;
export const HISTOGRAM = 1;
/** A marker that the series ended here. */
export const STALE = 2;

/** Samples of one series in the order of time, in columns. Filled by a series, read by the engine, used again. */
export class SampleBuffer {
  length = 0;
  times: Float64Array = new Float64Array(256);
  values: Float64Array = new Float64Array(256);
  kinds: Uint8Array = new Uint8Array(256);
  /** By index; only where `kinds` says so. */
  histograms: (FloatHistogram | undefined)[] = [];
  /** Whether any sample is a histogram. */
  hasHistograms = false;

  clear(): void {
    this.length = 0;
    if (this.hasHistograms) this.histograms = [];
    this.hasHistograms = false;
  }

  /** Makes room for more samples behind those that are there. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.times.length) return;
    const size = Math.max(needed, this.times.length * 2);
    this.times = grown(this.times, new Float64Array(size));
    this.values = grown(this.values, new Float64Array(size));
    this.kinds = grown(this.kinds, new Uint8Array(size));
  }

  pushFloat(time: number, value: number): void {
    this.reserve(1);
    this.times[this.length] = time;
    this.values[this.length] = value;
    this.kinds[this.length++] = FLOAT;
  }

  pushHistogram(time: number, histogram: FloatHistogram): void {
    this.reserve(1);
    this.hasHistograms = true;
    this.times[this.length] = time;
    this.histograms[this.length] = histogram;
    this.kinds[this.length++] = HISTOGRAM;
  }

  pushStale(time: number): void {
    this.reserve(1);
    this.times[this.length] = time;
    this.kinds[this.length++] = STALE;
  }

  /** Takes the stale markers out. */
  dropStale(): void {
    let kept = 0;
    for (let i = 0; i < this.length; i++) {
      if (this.kinds[i] === STALE) continue;
      if (kept !== i) {
        this.times[kept] = this.times[i]!;
        this.values[kept] = this.values[i]!;
        this.kinds[kept] = this.kinds[i]!;
        if (this.hasHistograms) this.histograms[kept] = this.histograms[i];
      }
      kept++;
    }
    this.length = kept;
  }

  histogramAt(index: number): FloatHistogram | undefined {
    return this.kinds[index] === HISTOGRAM ? this.histograms[index] : undefined;
  }
}

function grown<T extends Float64Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
