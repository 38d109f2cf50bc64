import { type Clock, systemClock, type Timer } from '../common/clock.js';
import { withinTime } from '../common/deadline.js';
import { Diagnostics } from '../common/diagnostics.js';
import { TelltaleError } from '../common/errors.js';
import { checkArray, checkMethods, checkNumber, checkOptions } from '../common/options.js';
import type { Registry } from '../metrics/registry.js';
import { isTracker } from './is-tracker.js';
import { exposeObjectives } from './metrics.js';
import type { SloOptions } from './options.js';
import { readState, writeState } from './saved-state.js';
import { checkSnapshot } from './snapshot.js';
import { fileStateStore, type StateStore } from './state-store.js';
import type { SloStatus } from './status.js';
import { SloTracker } from './tracker.js';

export interface SloSetOptions {
  /** Objectives, or trackers that were made already. Their ids differ. */
  objectives: readonly (SloOptions | SloTracker)[];
  /** Shows `slo_events_total`, `slo_error_budget_remaining_ratio`, `slo_burn_rate` and more. Default: nowhere. */
  registry?: Registry;
  /** Where the state is kept over restarts: the path of a file, or a store of your own. Default: nowhere. */
  state?: string | StateStore;
  /** Milliseconds between two savings. Default 60,000. */
  saveInterval?: number;
  clock?: Clock;
  diagnostics?: Diagnostics;
}

const OWNER = 'SloSet';
const SUBJECT = 'slo state';
/** Milliseconds that loading or saving may take. */
const STATE_DEADLINE = 10_000;

/**
 * The objectives of a process: kept together, kept over restarts, and shown as metrics.
 *
 * ```ts
 * const slos = new SloSet({
 *   objectives: [{ id: 'checkout', target: 99.9, indicator: httpAvailability({ registry, route: '/checkout' }) }],
 *   registry,
 *   state: '/var/lib/shop/slo.json',
 * });
 * await slos.ready;
 * slos.get('checkout').status();
 * ```
 *
 * A state that is damaged, or was written by a newer telltale, never prevents the start: it is told of, and set
 * aside (as `slo.json.unreadable`). Where the store does not answer, it is asked again before each saving, and
 * nothing is saved over what it may still have. What is recorded before the state is loaded is added to it.
 */
export class SloSet {
  /** Fulfilled when the state has been restored, or could not be. Never rejects. */
  readonly ready: Promise<void>;
  readonly #trackers: ReadonlyMap<string, SloTracker>;
  readonly #store: StateStore | undefined;
  readonly #interval: number;
  readonly #clock: Clock;
  readonly #diagnostics: Diagnostics;
  readonly #hide: (() => void) | undefined;
  /** Snapshots of objectives that this process does not have, kept for the one that does. */
  #others: readonly unknown[] = [];
  /** Whether it is known what the store has. */
  #restored = false;
  #loading: Promise<string | undefined> | undefined;
  #timer: Timer | undefined;
  #saving: Promise<void> | undefined;
  #writing: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  /** @throws TelltaleError for an option that is wrong, with the path of the objective. */
  constructor(options: SloSetOptions) {
    const given = checkOptions(OWNER, options, [
      'objectives',
      'registry',
      'state',
      'saveInterval',
      'clock',
      'diagnostics',
    ]);
    this.#clock = given.clock ?? systemClock;
    this.#diagnostics = given.diagnostics ?? new Diagnostics({ clock: this.#clock });
    this.#interval = checkNumber(OWNER, 'saveInterval', given.saveInterval, 60_000, { min: 1000 });
    this.#store =
      given.state === undefined
        ? undefined
        : typeof given.state === 'string'
          ? fileStateStore(given.state)
          : checkMethods(OWNER, 'state', given.state, ['load', 'save']);
    const registry =
      given.registry && checkMethods(OWNER, 'registry', given.registry, ['getOrCreate', 'onCollect']);
    this.#trackers = this.#make(given.objectives);
    this.#hide = registry && exposeObjectives(registry, [...this.#trackers.values()]);
    this.ready = this.#restore();
    this.#schedule();
  }

  /** @throws TelltaleError where there is no objective of that id. */
  get(id: string): SloTracker {
    const tracker = this.#trackers.get(id);
    if (tracker !== undefined) return tracker;
    const known = [...this.#trackers.keys()].join(', ') || 'none';
    throw new TelltaleError(
      `${OWNER}: there is no objective ${JSON.stringify(id)}; there are: ${known}`,
      'id',
    );
  }

  [Symbol.iterator](): Iterator<SloTracker> {
    return this.#trackers.values();
  }

  /** The status of every objective. */
  statuses(): SloStatus[] {
    return Array.from(this.#trackers.values(), (tracker) => tracker.status());
  }

  /** Saves the state now. Never rejects: what goes wrong is told to diagnostics. */
  async save(): Promise<void> {
    await this.ready;
    // One after the other: two that write at once could leave the older state.
    const before = this.#saving;
    this.#saving = (async () => {
      await before;
      await this.#saveOnce();
    })();
    await this.#saving;
  }

  /** Saves the state, and stops. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #make(objectives: readonly (SloOptions | SloTracker)[]): ReadonlyMap<string, SloTracker> {
    const trackers = new Map<string, SloTracker>();
    const made: SloTracker[] = [];
    try {
      this.#makeEach(objectives, trackers, made);
    } catch (error) {
      // Those before the one that is wrong have indicators at work already.
      for (const tracker of made) tracker.stop();
      throw error;
    }
    return trackers;
  }

  #makeEach(
    objectives: readonly (SloOptions | SloTracker)[],
    trackers: Map<string, SloTracker>,
    made: SloTracker[],
  ): void {
    checkArray(OWNER, 'objectives', objectives, (objective, path) => {
      const tracker = isTracker(objective)
        ? objective
        : new SloTracker({ ...objective, clock: this.#clock, diagnostics: this.#diagnostics });
      if (tracker !== objective) made.push(tracker);
      if (trackers.has(tracker.id)) {
        throw new TelltaleError(
          `${OWNER}: ${path}.id is "${tracker.id}", as that of another objective; accepted: an id of its own`,
          `${path}.id`,
        );
      }
      trackers.set(tracker.id, tracker);
    });
  }

  async #restore(): Promise<void> {
    const store = this.#store;
    if (store === undefined) return;
    let text: string | undefined;
    try {
      // A store that is slow is not asked a second time beside the first.
      this.#loading ??= Promise.resolve(store.load());
      if (!(await withinTime(this.#loading, STATE_DEADLINE, this.#clock))) {
        throw new Error('it took too long');
      }
      text = await this.#loading;
    } catch (error) {
      this.#unreadable('could not be loaded; it is tried again, and nothing is saved before', error);
      // One that hangs is waited for; one that failed is asked anew.
      this.#loading?.catch(() => {
        this.#loading = undefined;
      });
      return;
    }
    this.#restored = true;
    this.#loading = undefined;
    if (text === undefined || text === null) return;
    try {
      this.#takeUp(readState(text));
    } catch (error) {
      this.#unreadable('could not be restored; they begin anew', error);
      await this.#setAside(store);
    }
  }

  /** One that is wrong does not take the others with it. */
  #takeUp(snapshots: readonly unknown[]): void {
    const others: unknown[] = [];
    for (const snapshot of snapshots) {
      const id = (snapshot as { id?: unknown } | null)?.id;
      const tracker = typeof id === 'string' ? this.#trackers.get(id) : undefined;
      if (tracker === undefined) {
        others.push(snapshot);
        continue;
      }
      try {
        tracker.restore(checkSnapshot(snapshot));
      } catch (error) {
        this.#unreadable(`could not be restored for ${tracker.id}; it begins anew`, error);
      }
    }
    this.#others = others;
  }

  async #setAside(store: StateStore): Promise<void> {
    try {
      await withinTime(store.setAside?.(), STATE_DEADLINE, this.#clock);
    } catch (error) {
      this.#unreadable('could not be set aside', error);
    }
  }

  #unreadable(what: string, error: unknown): void {
    const message = `the saved state of the objectives ${what}`;
    this.#diagnostics.report('slo_state_unreadable', SUBJECT, message, error);
  }

  async #saveOnce(): Promise<void> {
    if (this.#store === undefined) return;
    try {
      // A writing that outlived its deadline goes on; a second one beside it could be overtaken by it.
      if (!(await withinTime(this.#writing, STATE_DEADLINE, this.#clock)))
        throw new Error('it is still being saved');
      if (!this.#restored) await this.#restore();
      if (!this.#restored) throw new Error('what it has from before could not be loaded');
      const own = Array.from(this.#trackers.values(), (tracker) => () => tracker.snapshot());
      const text = await writeState([...own, ...this.#others.map((other) => () => other)]);
      const saving = Promise.resolve(this.#store.save(text));
      this.#writing = saving.then(ignore, ignore);
      if (!(await withinTime(saving, STATE_DEADLINE, this.#clock))) throw new Error('it took too long');
    } catch (error) {
      this.#diagnostics.report(
        'slo_state_unsaved',
        SUBJECT,
        'the state of the objectives could not be saved; it is tried again',
        error,
      );
    }
  }

  #schedule(): void {
    if (this.#store === undefined || this.#stopped !== undefined) return;
    this.#timer = this.#clock.setTimeout(() => void this.save().then(() => this.#schedule()), this.#interval);
  }

  async #stop(): Promise<void> {
    this.#timer?.cancel();
    this.#hide?.();
    for (const tracker of this.#trackers.values()) tracker.stop();
    await this.save();
  }
}

function ignore(): void {}
