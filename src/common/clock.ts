/** A pending call that can be called off. */
export interface Timer {
  cancel(): void;
}

/**
 * Where telltale gets its time from, and its timers. Everything that needs either is handed a clock, so a test
 * hands in `FakeClock` from `telltale/testing` and never sleeps.
 */
export interface Clock {
  /** Wall-clock time: milliseconds since the Unix epoch. May step either way when the host's clock is set. */
  now(): number;
  /** Milliseconds, with a fraction, since some fixed moment. Never goes back. */
  monotonic(): number;
  /** Calls back once after `ms` milliseconds. Never keeps the process alive. */
  setTimeout(callback: () => void, ms: number): Timer;
}

let hostPerformance: { now(): number } | undefined;

/** The host's own clock. */
export const systemClock: Clock = {
  now: Date.now,
  monotonic() {
    // Kept: the global sits behind a getter, which makes each reading 12 ns dearer (of 67). And not imported:
    // `node:perf_hooks` would cost whoever imports telltale 3 ms at once.
    hostPerformance ??= globalThis.performance;
    return hostPerformance.now();
  },
  setTimeout(callback, ms) {
    // Node turns a longer delay into 1 ms (with a warning); nobody who asks for 25 days means that.
    const timer = setTimeout(callback, Math.min(ms, 0x7fffffff));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
