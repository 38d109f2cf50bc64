import { invalidOption } from '../common/errors.js';
import { checkArray } from '../common/options.js';
import type { LabelValues } from './labels.js';
import { Metric, type MetricOptions } from './metric.js';
import { stateSetForm } from './metric-form.js';
import { checkLabelName } from './names.js';
import { type Line, Series, type SeriesHost } from './series.js';

export interface StateSetOptions<S extends string, L extends string = never>
  extends MetricOptions<L, StateSet<S, L>> {
  /** Every state there is. */
  states: readonly S[];
}

/** One series of a state set. */
export class StateSetSeries<S extends string = string> extends Series {
  readonly #states: readonly string[];
  readonly #on: boolean[];

  constructor(text: string, metric: SeriesHost, states: readonly string[]) {
    super(text, metric);
    this.#states = states;
    this.#on = states.map(() => false);
  }

  /** Is in this state, and in no other. */
  set(state: S): void {
    this.#change(state, true, true);
  }

  /** Is in this state too. */
  enable(state: S): void {
    this.#change(state, true, false);
  }

  /** Is no longer in this state. */
  disable(state: S): void {
    this.#change(state, false, false);
  }

  /** 1 for each state that it is in, 0 for the others. */
  override numbers(): readonly number[] {
    return this.#on.map(Number);
  }

  override clear(): void {
    this.#on.fill(false);
  }

  #change(state: S, on: boolean, alone: boolean): void {
    const i = this.#states.indexOf(state);
    if (i < 0) this.metric.badValue(state, this.#states.join(', '));
    else if (!this.live) (this.metric.revive(this) as StateSetSeries<S>).#change(state, on, alone);
    else {
      if (alone) this.#on.fill(false);
      this.#on[i] = on;
    }
  }
}

/**
 * Tells which of a few states something is in: one line a state, 1 or 0, told apart by a label that bears the name
 * of the metric, as OpenMetrics has it (in the older text format it is a gauge).
 *
 * ```ts
 * const breaker = new StateSet({
 *   name: 'breaker_state',
 *   help: 'State of the circuit breaker.',
 *   labelNames: ['backend'],
 *   states: ['closed', 'open', 'half_open'],
 *   registers: [registry],
 * });
 * breaker.set({ backend: 'mail' }, 'open'); // breaker_state{breaker_state="open",backend="mail"} 1, the others 0
 * ```
 */
export class StateSet<S extends string, L extends string = never> extends Metric<L, StateSetSeries<S>> {
  override readonly kind = 'stateset';
  /** @internal */
  override readonly form = stateSetForm;
  override readonly lines: readonly Line[];
  readonly states: readonly S[];

  constructor(options: StateSetOptions<S, L>) {
    super('StateSet', options, ['states'], [options?.name]);
    const owner = `StateSet ${this.name}`;
    checkLabelName('StateSet', 'name', this.name);
    const accepted = 'texts that differ from one another, at least one';
    this.states = [
      ...checkArray(owner, 'states', options.states, (state, path) => {
        if (typeof state !== 'string' || state === '') throw invalidOption(owner, path, state, accepted);
      }),
    ];
    if (this.states.length === 0 || new Set(this.states).size < this.states.length) {
      throw invalidOption(owner, 'states', options.states, accepted);
    }
    this.lines = this.states.map((state) => ({ suffix: '', cut: [this.name, state] }));
    this.register();
  }

  /** Is in this state, and in no other. */
  set(labels: LabelValues<L>, state: S): void;
  set(state: S): void;
  set(labels: LabelValues<L> | S, state?: S): void {
    this.at(labels).set(typeof labels === 'object' ? state! : labels);
  }

  /** Is in this state too. */
  enable(labels: LabelValues<L>, state: S): void;
  enable(state: S): void;
  enable(labels: LabelValues<L> | S, state?: S): void {
    this.at(labels).enable(typeof labels === 'object' ? state! : labels);
  }

  /** Is no longer in this state. */
  disable(labels: LabelValues<L>, state: S): void;
  disable(state: S): void;
  disable(labels: LabelValues<L> | S, state?: S): void {
    this.at(labels).disable(typeof labels === 'object' ? state! : labels);
  }

  override get type(): 'gauge' {
    return 'gauge';
  }

  protected override make(text: string): StateSetSeries<S> {
    return new StateSetSeries<S>(text, this, this.states);
  }
}
