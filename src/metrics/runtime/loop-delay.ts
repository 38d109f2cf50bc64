import type { IntervalHistogram } from 'node:perf_hooks';

/** Figures of the delays of the event loop, in seconds. */
export interface LoopDelays {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly stddev: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

const NONE: LoopDelays = { min: 0, max: 0, mean: 0, stddev: 0, p50: 0, p90: 0, p99: 0 };

/** Samples the delay of the event loop every `resolution` milliseconds. Keeps nothing alive. */
export function watchLoopDelay(resolution: number): { read(): Promise<LoopDelays>; stop(): void } {
  let histogram: IntervalHistogram | undefined;
  let stopped = false;
  // Loaded here and not with telltale: `node:perf_hooks` takes 3 ms.
  const started = import('node:perf_hooks').then(({ monitorEventLoopDelay }) => {
    if (stopped) return;
    histogram = monitorEventLoopDelay({ resolution });
    histogram.enable();
  });
  return {
    /** Since the last reading; zeros where nothing was sampled yet. */
    async read() {
      await started;
      // Then min and mean are not numbers worth showing.
      if (histogram === undefined || histogram.max === 0) return NONE;
      const { min, max, mean, stddev } = histogram;
      const figures = {
        min: min / 1e9,
        max: max / 1e9,
        mean: mean / 1e9,
        stddev: stddev / 1e9,
        p50: histogram.percentile(50) / 1e9,
        p90: histogram.percentile(90) / 1e9,
        p99: histogram.percentile(99) / 1e9,
      };
      histogram.reset();
      return figures;
    },
    stop() {
      stopped = true;
      histogram?.disable();
    },
  };
}
