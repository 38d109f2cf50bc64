import { checkOptions } from '../common/options.js';
import { Gauge } from './gauge.js';
import type { LabelValues } from './labels.js';
import type { MetricHost } from './metric.js';
import { ObservableGauge } from './observable.js';
import { stopAfter } from './timer.js';

export interface LongTaskTimerOptions<L extends string = never> {
  /** What the three metrics' names begin with: `imports`, no unit. */
  name: string;
  /** One sentence that says what the tasks are. */
  help: string;
  labelNames?: readonly L[];
  /** The registries that show the metrics. Default: none. */
  registers?: readonly MetricHost[];
}

interface Task<L extends string> {
  readonly labels: LabelValues<L>;
  /** The series that they lead to, by which tasks are put together. */
  readonly series: object;
  /** Milliseconds on the monotonic clock. */
  readonly start: number;
}

/**
 * Shows tasks while they run, which no histogram does: an import that has hung for three hours has not been
 * observed yet. For a name `imports` the metrics are `imports_active`, how many run; `imports_active_seconds`, how
 * long they have been running, all together; and `imports_longest_seconds`, the longest of them.
 *
 * ```ts
 * const imports = new LongTaskTimer({ name: 'imports', help: 'Imports.', labelNames: ['source'], registers: [registry] });
 * await imports.time({ source: 'crm' }, () => runImport());
 * ```
 */
export class LongTaskTimer<L extends string = never> {
  readonly #active: Gauge<L>;
  readonly #tasks = new Set<Task<L>>();

  constructor(options: LongTaskTimerOptions<L>) {
    const owner = 'LongTaskTimer';
    const { name, help, ...rest } = checkOptions(owner, options, ['name', 'help', 'labelNames', 'registers']);
    this.#active = new Gauge<L>({ ...rest, name: `${name}_active`, help: `${help} That run now.` });
    const gauge = (suffix: string, what: string, fold: (all: number, one: number) => number) =>
      new ObservableGauge<L>({
        ...rest,
        name: `${name}_${suffix}_seconds`,
        help: `${help} ${what}`,
        observe: (observe) => {
          for (const [labels, seconds] of this.#seconds(fold)) observe(labels, seconds);
        },
      });
    gauge('active', 'Time that those running have taken so far, all together.', (all, one) => all + one);
    gauge('longest', 'Time that the longest of those running has taken so far.', Math.max);
  }

  /** A task begins; the function it returns ends it, once, and returns its seconds. */
  start(labels: LabelValues<L> = {} as LabelValues<L>): () => number {
    const series = this.#active.labels(labels);
    const task = { labels: { ...labels }, series, start: this.#now() };
    this.#tasks.add(task);
    series.inc();
    let seconds: number | undefined;
    return () => {
      if (seconds === undefined) {
        seconds = (this.#now() - task.start) / 1000;
        this.#tasks.delete(task);
        series.dec();
      }
      return seconds;
    };
  }

  /** Runs a task, until its promise has settled if it returns one; hands its outcome on, good or bad. */
  time<R>(run: () => R): R;
  time<R>(labels: LabelValues<L>, run: () => R): R;
  time<R>(first: LabelValues<L> | (() => R), second?: () => R): R {
    return typeof first === 'function'
      ? stopAfter(this.start(), first as () => R)
      : stopAfter(this.start(first), second!);
  }

  /** How many tasks run. */
  get active(): number {
    return this.#tasks.size;
  }

  /** The seconds of the tasks of each series, folded; 0 where none runs any more. */
  #seconds(fold: (all: number, one: number) => number): Iterable<[LabelValues<L>, number]> {
    const now = this.#now();
    const groups = new Map<object, [LabelValues<L>, number]>();
    for (const { labels, series, start } of this.#tasks) {
      const seconds = (now - start) / 1000;
      const before = groups.get(series)?.[1] ?? 0;
      groups.set(series, [labels, fold(before, seconds)]);
    }
    return groups.values();
  }

  #now(): number {
    return this.#active.settings.clock.monotonic();
  }
}
