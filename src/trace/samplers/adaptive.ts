import { type Clock, systemClock } from '../../common/clock.js';
import { Diagnostics } from '../../common/diagnostics.js';
import { invalidOption } from '../../common/errors.js';
import { checkInteger, checkMethods, checkNumber, checkOptions } from '../../common/options.js';
import { AdaptiveRates, keptOf } from './adaptive-rates.js';
import { AttributeKey } from './attribute-key.js';
import { checkRate } from './checks.js';
import { droppedFrom, keptBy, marksOf } from './marks.js';
import { type Asked, OwnSampler, type Sampler, type SamplingResult } from './sampler.js';
import type { SpanStart } from './span-start.js';

/** What an adaptive sampler has learnt: plain data, to be kept as JSON over a restart. */
export interface AdaptiveState {
  readonly version: 1;
  /** Traces a second of each key, smoothed. */
  readonly rates: Readonly<Record<string, number>>;
}

export interface AdaptiveOptions {
  /**
   * What traces are told apart by: names of attributes that the span is started with, or a function. Default, and
   * where a span has none of those attributes: its name.
   */
  key?: readonly string[] | ((span: SpanStart) => string);
  /** Milliseconds between two adjustments. Default 1,000. */
  interval?: number;
  /** How much the latest interval counts in the moving average, more than 0 and at most 1. Default 0.3. */
  smoothing?: number;
  /** Keys told apart at most; those beyond share one rate. Default 1,000. */
  maxKeys?: number;
  /** What another sampler had learnt, from its `save()`. Default: nothing; a new key is kept whole at first. */
  state?: AdaptiveState;
  clock?: Clock;
  diagnostics?: Diagnostics;
}

/** A sampler that learns. */
export interface AdaptiveSampler extends Sampler {
  /** What it has learnt so far, for `state` of the next. */
  save(): AdaptiveState;
  /** How likely a trace of that key is kept now, 0 to 1. */
  probability(key: string): number;
}

type KeyOf = (span: SpanStart) => string;

class Adaptive extends OwnSampler implements AdaptiveSampler {
  readonly #rates: AdaptiveRates;
  readonly #name: string;
  /** Made of attributes, … */
  readonly #attributeKey: AttributeKey | undefined;
  /** … or a function, or neither: then the key is the span's name. */
  readonly #keyOf: KeyOf | undefined;
  readonly #diagnostics: Diagnostics;

  constructor(
    rates: AdaptiveRates,
    name: string,
    key: KeyOf | AttributeKey | undefined,
    diagnostics: Diagnostics,
  ) {
    super();
    this.#rates = rates;
    this.#name = name;
    this.#attributeKey = key instanceof AttributeKey ? key : undefined;
    this.#keyOf = typeof key === 'function' ? key : undefined;
    this.#diagnostics = diagnostics;
  }

  judge(asked: Asked): SamplingResult {
    const { parent, trace } = asked;
    const key = this.#keyFor(asked);
    const rate = this.#rates.count(key);
    const threshold = rate.threshold;
    const state = parent?.traceState;
    const rv = state === undefined ? undefined : marksOf(state).rv;
    if (!threshold?.keeps(trace, rv)) return droppedFrom(state);
    return state === undefined ? keptOf(rate, threshold) : keptBy(threshold, state);
  }

  save(): AdaptiveState {
    return { version: 1, rates: Object.fromEntries(this.#rates.rates()) };
  }

  probability(key: string): number {
    return this.#rates.probability(key);
  }

  toString(): string {
    return this.#name;
  }

  #keyFor(asked: Asked): string {
    if (this.#keyOf !== undefined) return this.#asked(this.#keyOf, asked);
    return this.#attributeKey === undefined
      ? asked.name
      : this.#attributeKey.of(asked.attributes, asked.name);
  }

  #asked(keyOf: KeyOf, start: SpanStart): string {
    let problem: unknown;
    try {
      const key: unknown = keyOf(start);
      if (typeof key === 'string') return key;
      problem = new Error(`it gave a value of type ${typeof key}, not a string`);
    } catch (error) {
      problem = error;
    }
    this.#diagnostics.report(
      'sampler_failed',
      'adaptive.key',
      'the key function of an adaptive sampler failed; the span counts under its name',
      problem,
    );
    return start.name;
  }
}

/**
 * Keeps about so many traces a second of each key: a rare key is kept whole, a busy one is thinned. How often a key
 * comes is learnt by an exponential moving average; the decision itself is one of consistent probability, so the
 * threshold in the trace state (`ot=th:…`) lets counts be re-weighted, and other services can agree with it.
 *
 * Use it as the root of `parentBased`, so that it counts traces and not spans.
 *
 * ```ts
 * const sampler = adaptive(10, { key: ['http.request.method', 'http.route'] });
 * const provider = new TracerProvider({ sampler: parentBased(sampler) });
 * await writeFile('sampler.json', JSON.stringify(sampler.save())); // and at the next start: { state }
 * ```
 *
 * @param perSecond traces a second to keep of each key, at least 0
 */
export function adaptive(perSecond: number, options: AdaptiveOptions = {}): AdaptiveSampler {
  const owner = 'adaptive';
  checkOptions(owner, options, ['key', 'interval', 'smoothing', 'maxKeys', 'state', 'clock', 'diagnostics']);
  checkRate(owner, 'perSecond', perSecond);
  const clock = checkMethods(owner, 'clock', options.clock ?? systemClock, ['monotonic', 'setTimeout']);
  const diagnostics = options.diagnostics ?? new Diagnostics({ clock });
  const maxKeys = checkInteger(owner, 'maxKeys', options.maxKeys, 1000, { min: 1, max: 1_000_000 });
  const rates = new AdaptiveRates({
    target: perSecond,
    interval: checkNumber(owner, 'interval', options.interval, 1000, { min: 10, max: 3_600_000 }),
    smoothing: checkNumber(owner, 'smoothing', options.smoothing, 0.3, { min: 0.001, max: 1 }),
    maxKeys,
    clock,
    onOverflow: () => {
      diagnostics.report(
        'sampler_keys',
        'adaptive',
        `an adaptive sampler meets more than ${maxKeys} keys; those beyond share one rate`,
      );
    },
  });
  rates.restore(ratesOf(options.state));
  return new Adaptive(rates, `Adaptive{${perSecond}/s a key}`, keyOf(options.key, maxKeys), diagnostics);
}

function keyOf(key: AdaptiveOptions['key'], maxKeys: number): KeyOf | AttributeKey | undefined {
  if (key === undefined || typeof key === 'function') return key;
  if (Array.isArray(key) && key.length > 0 && key.every((name) => typeof name === 'string')) {
    return new AttributeKey([...key], maxKeys);
  }
  throw invalidOption('adaptive', 'key', key, 'a list of names of attributes, or a function');
}

/** The rates of a saved state, the highest first. */
function ratesOf(state: AdaptiveState | undefined): [string, number][] {
  if (state === undefined) return [];
  const rates: unknown = state?.rates;
  if (state?.version !== 1 || rates === null || typeof rates !== 'object' || Array.isArray(rates)) {
    throw invalidOption('adaptive', 'state', state, 'what save() of an adaptive sampler gave');
  }
  for (const [key, rate] of Object.entries(rates)) checkRate('adaptive', `state.rates["${key}"]`, rate);
  return Object.entries(rates as Record<string, number>).sort((a, b) => b[1] - a[1]);
}
