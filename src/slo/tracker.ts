import type { Clock, Timer } from '../common/clock.js';
import type { Diagnostics } from '../common/diagnostics.js';
import { describe } from '../common/errors.js';
import { burnRate } from './burn-rate.js';
import { CountRing, type Counts, FINEST_MS } from './count-ring.js';
import { type Episode, EpisodeDetector } from './episodes.js';
import type { RunningIndicator, SloNote } from './indicator.js';
import { checkTrackerOptions, type Objective, type SloTrackerOptions } from './options.js';
import { SliceCounter } from './slices.js';
import type { SloSnapshot } from './snapshot.js';
import { type SloStatus, statusOf } from './status.js';
import { SteadyTime } from './steady-time.js';
import { UnitCounter } from './unit-counter.js';
import { WatchedTime } from './watched-time.js';
import { durationOption } from './window.js';

/**
 * Keeps one objective: counts what was good and what was bad, exactly, in bounded memory (58 kB for 30 days), and
 * says at any time how much of the error budget is left and how fast it is used up.
 *
 * ```ts
 * const checkout = new SloTracker({ id: 'checkout', target: 99.9, window: '30d' });
 * checkout.record(response.ok);
 * const { budget, state, burnRates } = checkout.status();
 * ```
 *
 * Recording only adds to a number; every ten seconds while something is recorded, the sums go into a bucket. Nothing
 * is kept on disk by the tracker itself: see `SloSet` for state that lasts, for metrics and for alerts.
 */
export class SloTracker {
  readonly objective: Objective;
  readonly #clock: Clock;
  readonly #diagnostics: Diagnostics;
  readonly #time: SteadyTime;
  readonly #ring: CountRing;
  readonly #slices: SliceCounter | undefined;
  readonly #unit: UnitCounter;
  readonly #watch: WatchedTime;
  readonly #outages: EpisodeDetector;
  readonly #indicator: RunningIndicator | undefined;
  readonly #notes = new Map<SloNote['code'], SloNote>();
  /** Recorded since the last time that sums went into a bucket. */
  #good = 0;
  #bad = 0;
  /** When the timer was set: at the first of those. */
  #since = 0;
  #timer: Timer | undefined;
  #stopped = false;
  /** All events ever, the restored ones included. */
  readonly #ever: Counts = { good: 0, bad: 0 };
  /** Of those, what earlier processes have counted. */
  readonly #before: Counts = { good: 0, bad: 0 };

  /** @throws TelltaleError for an option that is wrong. */
  constructor(options: SloTrackerOptions) {
    const { clock, diagnostics, objective } = checkTrackerOptions('SloTracker', options);
    this.objective = objective;
    this.#clock = clock;
    this.#diagnostics = diagnostics;
    this.#time = new SteadyTime(clock);
    const now = this.#time.now();
    this.#watch = new WatchedTime(now);
    this.#unit = new UnitCounter(objective.window);
    const { longest } = objective.window;
    this.#ring = new CountRing(longest);
    if (objective.slicing !== undefined) {
      this.#slices = new SliceCounter(objective.slicing, now, longest, (time, share) =>
        this.#count(time, share, 1 - share),
      );
    }
    this.#outages = new EpisodeDetector(objective);
    this.#outages.advance(now);
    for (const { unreachable } of objective.alerts) {
      if (unreachable !== undefined) {
        diagnostics.report(
          'slo_alert_unreachable',
          objective.id,
          `SloTracker ${objective.id}: ${unreachable}`,
        );
      }
    }
    this.#indicator = this.#start();
    if (this.#indicator?.poll !== undefined) this.#arm();
  }

  get id(): string {
    return this.objective.id;
  }

  /** One event that was good, or was not. */
  record(good: boolean): void {
    if (good) this.#good++;
    else this.#bad++;
    if (this.#timer === undefined) this.#arm();
  }

  /** So many good events. */
  good(count = 1): void {
    this.#add(count, 0);
  }

  /** So many bad events. */
  bad(count = 1): void {
    this.#add(0, count);
  }

  /** One event that took so many seconds: good up to the objective's `latencyThreshold`. */
  recordLatency(seconds: number): void {
    const { id, latencyThreshold } = this.objective;
    if (latencyThreshold === undefined) {
      this.#refuse('slo_no_threshold', `SloTracker ${id}: recordLatency needs the option latencyThreshold`);
    } else if (typeof seconds !== 'number' || !(seconds >= 0)) {
      this.#refuse(
        'slo_bad_value',
        `SloTracker ${id}: a latency of ${describe(seconds)} is no number of seconds`,
      );
    } else this.record(seconds <= latencyThreshold);
  }

  /** How the objective stands now. */
  status(): SloStatus {
    const now = this.#settleCounts();
    return statusOf(
      this.objective,
      now,
      this.#watch.between(this.objective.window.bounds(now)[0], now),
      this.#inWindow(now),
      (length) => this.#ring.sum(now, length),
      this.#allNotes(),
    );
  }

  /** What happened in the last `window`, such as `1h`; at most the objective's own. */
  counts(window: string): Counts {
    const length = durationOption(`SloTracker ${this.id}`, 'window', window, FINEST_MS);
    return this.countsFor(length);
  }

  /** As `counts`, by milliseconds. */
  countsFor(length: number): Counts {
    return this.#ring.sum(this.#settleCounts(), length);
  }

  /** What happened in the last `length` milliseconds, in so many pieces of the same length, the oldest first. */
  series(length: number, pieces: number): Counts[] {
    const now = this.#settleCounts();
    const series: Counts[] = [];
    let before = this.#ring.sum(now, length);
    for (let piece = pieces - 1; piece >= 0; piece--) {
      const rest = piece === 0 ? { good: 0, bad: 0 } : this.#ring.sum(now, (length * piece) / pieces, length);
      series.push({ good: before.good - rest.good, bad: before.bad - rest.bad });
      before = rest;
    }
    return series;
  }

  /** The episodes of failure that touch the time between two moments, by default the objective's window. */
  episodes(from?: number, to?: number): readonly Episode[] {
    const now = this.#settleCounts();
    return this.#outages.between(from ?? this.objective.window.bounds(now)[0], to ?? now);
  }

  /** Milliseconds since a moment, by default the beginning of the objective's window, in which a process was counting. */
  watched(since?: number): number {
    const now = this.#settleCounts();
    return this.#watch.between(since ?? this.objective.window.bounds(now)[0], now);
  }

  /** How fast the budget was used up in the last `window`, such as `1h`: 1 uses all of it in one window. */
  burnRate(window: string): number {
    return burnRate(this.counts(window), this.objective.share);
  }

  /** Everything that was ever counted, by slices where the budget is. */
  totals(): Counts {
    this.#settleCounts();
    return { ...this.#ever };
  }

  /**
   * As `totals`, without what earlier processes have counted. A counter of Prometheus has to begin at 0 with its
   * process: one that began a little below where the last one ended would be taken for one that was reset, and all
   * of it counted once more.
   */
  totalsOfProcess(): Counts {
    this.#settleCounts();
    return { good: this.#ever.good - this.#before.good, bad: this.#ever.bad - this.#before.bad };
  }

  /** What happened in each bucket of the objective's window, the oldest first. */
  history(): { step: number; buckets: readonly (Counts & { time: number })[] } {
    return this.#ring.history(this.#settleCounts(), this.objective.window.longest);
  }

  /** Waits for what an indicator has under way. */
  async settle(): Promise<void> {
    await this.#indicator?.settle?.();
    this.#settleCounts();
  }

  /** Stops the indicator and the timer. What is recorded afterwards still counts. */
  stop(): void {
    this.#stopped = true;
    this.#guard('stop', () => this.#indicator?.stop?.());
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** All that it knows, to be restored by a tracker of the same id. */
  snapshot(): SloSnapshot {
    const savedAt = this.#settleCounts();
    return {
      id: this.id,
      savedAt,
      ...this.#watch.save(),
      levels: this.#ring.save(),
      ever: { ...this.#ever },
      unit: this.#unit.counts,
      outages: this.#outages.save(),
      counting: this.#counting,
      window: this.objective.window.text,
      ...(this.#slices !== undefined && { slice: this.#slices.save() }),
    };
  }

  /**
   * Takes up what an earlier process has counted, beside what this one has already. Where the way of counting has
   * changed since, from events to slices or from one kind of slice to another, only the outages are.
   */
  restore(saved: SloSnapshot): void {
    const now = this.#settleCounts();
    // It was saved by a clock that was ahead of today's.
    const late = Math.max(0, saved.savedAt - now);
    this.#outages.restore(saved.outages, late);
    const { counting = saved.slice === undefined ? 'events' : this.#counting } = saved;
    if (counting !== this.#counting) {
      this.#diagnostics.report(
        'slo_counting_changed',
        this.id,
        `SloTracker ${this.id}: it counted ${counting} and counts ${this.#counting} now; the budget begins anew`,
      );
      return;
    }
    this.#ring.restore(saved.levels, late);
    const before = { ...this.#ever };
    this.#ever.good += saved.ever.good;
    this.#ever.bad += saved.ever.bad;
    this.#unit.restore(saved, (from) => this.#ring.sum(now, now - from, this.objective.window.longest));
    if (saved.slice !== undefined && late === 0) this.#slices?.restore(saved.slice);
    this.#before.good += this.#ever.good - before.good;
    this.#before.bad += this.#ever.bad - before.bad;
    this.#watch.restore(saved, saved.savedAt - late, late);
  }

  get #counting(): string {
    const { slicing } = this.objective;
    if (slicing === undefined) return 'events';
    const { method, slice, target } = slicing;
    return method === 'timeslices'
      ? `${method} of ${slice / 1000} s at ${target}`
      : `${method} of ${slice / 1000} s`;
  }

  #start(): RunningIndicator | undefined {
    const { id, indicator } = this.objective;
    return indicator?.start({
      id,
      clock: this.#clock,
      diagnostics: this.#diagnostics,
      add: (good, bad) => this.#add(good, bad),
      note: (code, message) => {
        if (message === undefined) this.#notes.delete(code);
        else this.#notes.set(code, { code, message });
      },
    });
  }

  #add(good: number, bad: number): void {
    if (!isCount(good) || !isCount(bad)) {
      const given = describe(isCount(good) ? bad : good);
      this.#refuse('slo_bad_value', `SloTracker ${this.id}: a count of ${given} is no number of at least 0`);
      return;
    }
    this.#good += good;
    this.#bad += bad;
    if (this.#timer === undefined) this.#arm();
  }

  #refuse(code: string, message: string): void {
    this.#diagnostics.report(code, this.id, message);
  }

  /** Sets the timer for the end of the present bucket. A clock of the host's that throws must not reach the caller. */
  #arm(): void {
    if (this.#stopped) return;
    this.#guard('clock', () => {
      this.#since = this.#time.now();
      const left = FINEST_MS - (this.#since % FINEST_MS);
      this.#timer = this.#clock.setTimeout(() => {
        // It may ring late: what came since it was set belongs to the bucket in which it was set.
        this.#settleCounts(this.#since);
        this.#timer = undefined;
        if (this.#indicator?.poll !== undefined) this.#arm();
      }, left);
    });
  }

  /** Puts into the bucket of `at` what has come since the last time. Returns the time by which it did. */
  #settleCounts(at?: number): number {
    this.#guard('indicator', () => this.#indicator?.poll?.());
    const now = this.#time.now();
    const good = this.#good;
    const bad = this.#bad;
    if (good !== 0 || bad !== 0) {
      this.#good = 0;
      this.#bad = 0;
      this.#outages.add(at ?? now, good, bad);
      if (this.#slices === undefined) this.#count(at ?? now, good, bad);
      else this.#slices.add(at ?? now, good, bad);
    }
    this.#outages.advance(now);
    this.#slices?.advance(now);
    this.#unit.advance(now);
    return now;
  }

  #count(time: number, good: number, bad: number): void {
    this.#ring.add(time, good, bad);
    this.#ever.good += good;
    this.#ever.bad += bad;
    this.#unit.add(time, good, bad);
  }

  #inWindow(now: number): Counts {
    const { window } = this.objective;
    return window.kind === 'rolling' ? this.#ring.sum(now, window.longest) : this.#unit.counts;
  }

  #allNotes(): SloNote[] {
    const notes = [...this.#notes.values()];
    const { steps } = this.#time;
    if (steps > 0) {
      notes.push({
        code: 'clock_step',
        message: `the clock of the machine was set ${steps} times meanwhile`,
      });
    }
    return notes;
  }

  #guard(what: string, call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#diagnostics.report('slo_failed', this.id, `SloTracker ${this.id}: ${what} threw`, error);
    }
  }
}

function isCount(value: unknown): boolean {
  // Above it a double no longer counts by one, and two of the largest would add up to Infinity.
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}
