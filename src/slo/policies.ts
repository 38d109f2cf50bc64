import { type Clock, systemClock, type Timer } from '../common/clock.js';
import { Diagnostics } from '../common/diagnostics.js';
import { invalidOption, TelltaleError } from '../common/errors.js';
import {
  checkArray,
  checkFunction,
  checkMethods,
  checkNumber,
  checkOptions,
  checkString,
} from '../common/options.js';
import { type CheckedCondition, checkCondition, type SloCondition } from './condition.js';
import type { SloSet } from './slo-set.js';
import type { SloStatus } from './status.js';
import type { SloTracker } from './tracker.js';

/** What an action is told. */
export interface ActionContext {
  readonly policy: string;
  readonly status: SloStatus;
  /** Aborts when the action has taken too long. */
  readonly signal: AbortSignal;
}

/** Something that a policy does when its condition comes true, and undoes when it is over. */
export interface SloAction {
  /** For diagnostics. */
  readonly name: string;
  run(context: ActionContext): unknown;
  recover?(context: ActionContext): unknown;
}

/** A condition on objectives, and what is to be done about it. */
export interface SloPolicy {
  name: string;
  /** The ids of the objectives. Default: every one of the set, each by itself. */
  slos?: readonly string[];
  when: SloCondition;
  actions: readonly (SloAction | ((context: ActionContext) => unknown))[];
}

export interface SloPoliciesOptions {
  slos: SloSet;
  policies: readonly SloPolicy[];
  /** Milliseconds between two looks. Default 10,000. */
  interval?: number;
  /** Milliseconds that an action may take. Default 10,000. */
  actionTimeout?: number;
  clock?: Clock;
  diagnostics?: Diagnostics;
}

const OWNER = 'SloPolicies';

/** A policy as it stands towards one objective. */
interface Watch {
  readonly policy: string;
  readonly tracker: SloTracker;
  readonly condition: CheckedCondition;
  readonly actions: readonly SloAction[];
  fired: boolean;
  /** Actions under way, one after the other. */
  running: Promise<void>;
}

/**
 * Looks at objectives every so often and acts when a condition comes true: once, until it is over, which it is only
 * when the figures are clearly better than the condition asks for. Then each action that can is undone.
 *
 * ```ts
 * new SloPolicies({
 *   slos,
 *   policies: [{
 *     name: 'shed load',
 *     slos: ['checkout'],
 *     when: { burnRateAbove: 6, window: '30m' },
 *     actions: [tightenRateLimit((share) => limiter.setShare(share), 0.5), openBreaker(recommendations)],
 *   }],
 * });
 * ```
 *
 * An action that throws, rejects, or takes too long is told to diagnostics, and harms neither the next one nor the
 * host.
 */
export class SloPolicies {
  readonly #watches: readonly Watch[];
  readonly #interval: number;
  readonly #timeout: number;
  readonly #clock: Clock;
  readonly #diagnostics: Diagnostics;
  #timer: Timer | undefined;
  #stopped = false;

  /** @throws TelltaleError for an option that is wrong, with the path of the policy. */
  constructor(options: SloPoliciesOptions) {
    const given = checkOptions(OWNER, options, [
      'slos',
      'policies',
      'interval',
      'actionTimeout',
      'clock',
      'diagnostics',
    ]);
    const slos = checkMethods(OWNER, 'slos', given.slos, ['get', 'statuses']);
    this.#interval = checkNumber(OWNER, 'interval', given.interval, 10_000, { min: 100 });
    this.#timeout = checkNumber(OWNER, 'actionTimeout', given.actionTimeout, 10_000, { min: 1 });
    this.#clock = given.clock ?? systemClock;
    this.#diagnostics = given.diagnostics ?? new Diagnostics({ clock: this.#clock });
    const watches: Watch[] = [];
    const names = new Set<string>();
    checkArray(OWNER, 'policies', given.policies, (policy, path) => {
      watches.push(...watchesOf(policy, path, slos));
      if (names.has(policy.name)) {
        throw invalidOption(OWNER, `${path}.name`, policy.name, 'a name that no other policy has');
      }
      names.add(policy.name);
    });
    this.#watches = watches;
    this.#schedule();
  }

  /** The policies that have fired and are not over, and the objective of each. */
  active(): { policy: string; slo: string }[] {
    return this.#watches
      .filter(({ fired }) => fired)
      .map(({ policy, tracker }) => ({ policy, slo: tracker.id }));
  }

  /** Looks now, and waits for the actions that follow. Never rejects. */
  async evaluate(): Promise<void> {
    for (const watch of this.#watches) this.#look(watch);
    await Promise.all(this.#watches.map(({ running }) => running));
  }

  /** Stops looking; waits for the actions that are under way. What has fired stays as it is. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await Promise.all(this.#watches.map(({ running }) => running));
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = this.#clock.setTimeout(() => {
      for (const watch of this.#watches) this.#look(watch);
      this.#schedule();
    }, this.#interval);
  }

  #look(watch: Watch): void {
    try {
      const status = watch.tracker.status();
      const { condition } = watch;
      const turn = watch.fired
        ? condition.isOver(status, watch.tracker)
        : condition.holds(status, watch.tracker);
      if (!turn) return;
      watch.fired = !watch.fired;
      this.#act(watch, status);
    } catch (error) {
      this.#failed(watch.policy, 'its condition threw', error);
    }
  }

  #act(watch: Watch, status: SloStatus): void {
    const { policy, actions, fired } = watch;
    watch.running = watch.running.then(async () => {
      for (const action of actions) {
        const call = fired ? action.run : action.recover;
        if (call !== undefined) await this.#call(policy, action, call, status);
      }
    });
  }

  async #call(
    policy: string,
    action: SloAction,
    call: (context: ActionContext) => unknown,
    status: SloStatus,
  ): Promise<void> {
    const abort = new AbortController();
    let timer: Timer | undefined;
    try {
      const late = new Promise<never>((_, reject) => {
        timer = this.#clock.setTimeout(() => {
          const error = new Error(`it took longer than ${this.#timeout} ms`);
          reject(error);
          abort.abort(error);
        }, this.#timeout);
      });
      const context = { policy, status, signal: abort.signal };
      await Promise.race([(async () => call.call(action, context))(), late]);
    } catch (error) {
      this.#failed(policy, `its action ${action.name} failed`, error);
    } finally {
      timer?.cancel();
    }
  }

  #failed(policy: string, what: string, error: unknown): void {
    this.#diagnostics.report('slo_policy_failed', policy, `${OWNER}: policy ${policy}: ${what}`, error);
  }
}

function watchesOf(policy: SloPolicy, path: string, slos: SloSet): Watch[] {
  const owner = `${OWNER}: ${path}`;
  const given = checkOptions(owner, policy, ['name', 'slos', 'when', 'actions']);
  const name = checkString(owner, 'name', given.name ?? '', '');
  const condition = checkCondition(owner, 'when', given.when);
  const actions = checkArray(owner, 'actions', given.actions, (action, at) => {
    if (typeof action === 'function') return;
    checkMethods(owner, at, action, ['run']);
    checkFunction(owner, `${at}.recover`, action.recover);
  }).map((action, index) =>
    typeof action === 'function' ? { name: action.name || `actions[${index}]`, run: action } : action,
  );
  if (actions.length === 0) {
    throw new TelltaleError(`${owner}: actions is empty; accepted: at least one action`, `${path}.actions`);
  }
  const trackers =
    given.slos === undefined
      ? [...slos]
      : checkArray(owner, 'slos', given.slos, (id, at) => void checkString(owner, at, id, '')).map((id) =>
          slos.get(id),
        );
  return trackers.map((tracker) => ({
    policy: name,
    tracker,
    condition,
    actions,
    fired: false,
    running: Promise.resolve(),
  }));
}
