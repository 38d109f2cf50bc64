import { checkFunction, checkMethods, checkNumber } from '../common/options.js';
import type { ActionContext, SloAction } from './policies.js';
import type { SloStatus } from './status.js';

/** What an alert says. */
export interface SloAlert {
  readonly policy: string;
  readonly status: SloStatus;
  /** Whether it begins or is over. */
  readonly state: 'firing' | 'resolved';
  /** One sentence for a person. */
  readonly message: string;
}

/** Hands an alert to whatever tells people: a pager, a chat, a log. */
export function alert(send: (alert: SloAlert, signal: AbortSignal) => unknown): SloAction {
  checkFunction('alert', 'send', send);
  const tell =
    (state: SloAlert['state']) =>
    ({ policy, status, signal }: ActionContext) =>
      send({ policy, status, state, message: messageOf(policy, status, state) }, signal);
  return { name: 'alert', run: tell('firing'), recover: tell('resolved') };
}

/**
 * Asks for more capacity: the callback is given the wanted factor, from above 1 up to `most`, by how fast the budget
 * burns; and 1 again when it is over.
 */
export function scale(set: (factor: number, context: ActionContext) => unknown, most = 4): SloAction {
  checkFunction('scale', 'set', set);
  checkNumber('scale', 'most', most, 4, { min: 1 });
  return {
    name: 'scale',
    run: (context) => {
      const fastest = Math.max(context.status.burnRate, ...Object.values(context.status.burnRates));
      // The square root: twice the machines never took away three quarters of the failures.
      return set(Math.min(most, Math.max(1, Math.sqrt(fastest))), context);
    },
    recover: (context) => set(1, context),
  };
}

/** Lets only a share of what is usual through, and all of it again when it is over. */
export function tightenRateLimit(
  set: (share: number, context: ActionContext) => unknown,
  share = 0.5,
): SloAction {
  checkFunction('tightenRateLimit', 'set', set);
  checkNumber('tightenRateLimit', 'share', share, 0.5, { min: 0, max: 1 });
  return {
    name: 'tighten rate limit',
    run: (context) => set(share, context),
    recover: (context) => set(1, context),
  };
}

/** What can be told to keep every trace: a `TailSamplingProcessor`. */
export interface TraceKeeper {
  keepAll(keep: boolean, keeper?: object): void;
}

/**
 * Keeps every trace while it lasts. Given a `TailSamplingProcessor`, that keeps all that it would have dropped, until
 * every objective that asked for it has recovered; given a function, it is told to begin and to stop.
 */
export function keepTraces(
  on: TraceKeeper | ((keep: boolean, context: ActionContext) => unknown),
): SloAction {
  const keep = typeof on === 'function' ? on : keepAllOf(on);
  return {
    name: 'keep traces',
    run: (context) => keep(true, context),
    recover: (context) => keep(false, context),
  };
}

/** Several objectives may fail at a time, by one or more policies: each is a keeper of its own. */
function keepAllOf(processor: TraceKeeper): (keep: boolean, context: ActionContext) => void {
  checkMethods('keepTraces', 'on', processor, ['keepAll']);
  const keepers = new Map<string, object>();
  return (keep, { policy, status }) => {
    const id = `${policy}\n${status.id}`;
    const keeper = keepers.get(id) ?? {};
    keepers.set(id, keeper);
    processor.keepAll(keep, keeper);
  };
}

/** A circuit breaker of `opossum`, as far as it matters here. */
export interface OpossumBreaker {
  open(): void;
  close(): void;
  on(event: 'halfOpen', listener: () => void): unknown;
  removeListener(event: 'halfOpen', listener: () => void): unknown;
}

/** A circuit breaker policy of `cockatiel`, as far as it matters here. */
export interface CockatielBreaker {
  isolate(): { dispose(): void };
}

/** Opens a circuit breaker of `opossum` or `cockatiel`, and closes it when it is over. */
export function openBreaker(breaker: OpossumBreaker | CockatielBreaker): SloAction {
  const given = breaker as Partial<CockatielBreaker> | null | undefined;
  if (typeof given?.isolate === 'function') {
    const isolating = breaker as CockatielBreaker;
    let isolated: { dispose(): void } | undefined;
    return {
      name: 'open breaker',
      run() {
        isolated ??= isolating.isolate();
      },
      recover() {
        isolated?.dispose();
        isolated = undefined;
      },
    };
  }
  const opening = checkMethods('openBreaker', 'breaker', breaker as OpossumBreaker, [
    'open',
    'close',
    'on',
    'removeListener',
  ]);
  // After its `resetTimeout` opossum would let a call through by itself.
  const stayOpen = () => opening.open();
  return {
    name: 'open breaker',
    run() {
      opening.removeListener('halfOpen', stayOpen);
      opening.on('halfOpen', stayOpen);
      opening.open();
    },
    recover() {
      opening.removeListener('halfOpen', stayOpen);
      opening.close();
    },
  };
}

function messageOf(policy: string, { name, budget, burnRates }: SloStatus, state: SloAlert['state']): string {
  const left = Number.isFinite(budget.remaining)
    ? `${Math.round(budget.remaining * 1000) / 10} %`
    : 'nothing';
  const hour = burnRates['1h'];
  const burning = hour === undefined ? '' : `, burning ${Number(hour.toPrecision(3))} times too fast over 1h`;
  return state === 'firing'
    ? `${name}: ${policy}: ${left} of the error budget is left${burning}`
    : `${name}: ${policy} is over; ${left} of the error budget is left`;
}
