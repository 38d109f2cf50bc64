import { type Context, isSpanContextValid, type Span } from '@opentelemetry/api';
import { type Clock, systemClock } from '../../common/clock.js';
import { spanOf } from '../../common/context.js';
import { Diagnostics } from '../../common/diagnostics.js';
import {
  checkFunction,
  checkInteger,
  checkMethods,
  checkNumber,
  checkOptions,
} from '../../common/options.js';
import type { ReadableSpan, ReadWriteSpan, SpanProcessor } from '../../trace/index.js';
import { outcomeOf } from './outcome.js';
import { type SpanType, spanType } from './span-type.js';
import { TRANSACTION_KEY } from './transaction.js';
import { type TransactionStatistics, TransactionWindow, zeros } from './window.js';

export interface TransactionMonitorOptions {
  /** Milliseconds that a transaction counts for. Default 300,000: five minutes. */
  window?: number;
  /** Parts in which the window moves on. Default 5. */
  steps?: number;
  /** Names that are told apart at most; what is beyond counts as `(other)`. Default 200. */
  maxNames?: number;
  /** Whether a span that began a transaction counts as one. Default: all do. */
  filter?: (span: ReadableSpan) => boolean;
  clock?: Clock;
  diagnostics?: Diagnostics;
}

const OPTIONS: readonly (keyof TransactionMonitorOptions)[] = [
  'window',
  'steps',
  'maxNames',
  'filter',
  'clock',
  'diagnostics',
];

/** The name under which transactions count when there are too many names. */
const OTHER = '(other)';

/** A transaction that is under way. */
interface Open {
  readonly breakdown: Record<SpanType, number>;
  /** The transaction in which this one began; what is spent here is spent there too. */
  readonly outer: Open | undefined;
  ended: boolean;
}

/** A span that is under way. */
interface Node {
  readonly open: Open;
  readonly parent: Node | undefined;
  /** Whether the transaction ends with this span. */
  readonly isEntry: boolean;
  readonly startedAt: number;
  /** Milliseconds in which a child was running. */
  childTime: number;
  children: number;
  /** Since when the children that run now do. */
  childrenSince: number;
}

/**
 * A view over spans for those who think in transactions: how often each ran, how it ended, how long it took, and
 * whether the time went to the database, to other services or to its own code. A transaction is a span by which a
 * process was entered (an HTTP request, a message, a job) or one of `startTransaction`, with all that happened below.
 *
 * ```ts
 * const transactions = new TransactionMonitor();
 * const telemetry = createTelemetry({ traces: { spanProcessors: [transactions] } });
 * console.table(transactions.statistics());
 * ```
 *
 * It is a span processor and sees recorded spans only: of transactions that a sampler dropped it knows nothing, unless
 * the sampler is wrapped in `alwaysRecord`. In memory are at most `maxNames` names of `steps` sketches each, of some
 * kilobytes.
 *
 * @throws TelltaleError when an option is wrong.
 */
export class TransactionMonitor implements SpanProcessor {
  readonly #clock: Clock;
  readonly #diagnostics: Diagnostics;
  readonly #filter: ((span: ReadableSpan) => boolean) | undefined;
  readonly #steps: number;
  readonly #stepLength: number;
  readonly #maxNames: number;
  readonly #windows = new Map<string, TransactionWindow>();
  /** A span that never ends goes with whoever held it. */
  readonly #nodes = new WeakMap<object, Node>();
  #sweptAt = -Infinity;

  constructor(options: TransactionMonitorOptions = {}) {
    const owner = 'TransactionMonitor';
    const given = checkOptions(owner, options, OPTIONS);
    this.#clock = checkMethods(owner, 'clock', given.clock ?? systemClock, [
      'now',
      'monotonic',
      'setTimeout',
    ]);
    this.#diagnostics = given.diagnostics ?? new Diagnostics({ clock: this.#clock });
    this.#filter = checkFunction(owner, 'filter', given.filter);
    this.#steps = checkInteger(owner, 'steps', given.steps, 5, { min: 1, max: 60 });
    this.#stepLength =
      checkNumber(owner, 'window', given.window, 300_000, { min: 1000, max: 86_400_000 }) / this.#steps;
    this.#maxNames = checkInteger(owner, 'maxNames', given.maxNames, 200, { min: 1, max: 10_000 });
  }

  onStart(span: ReadWriteSpan, parentContext: Context): void {
    const parentSpan = spanOf(parentContext);
    const parent = parentSpan === undefined ? undefined : this.#nodes.get(parentSpan);
    const isNamed = parentContext.getValue(TRANSACTION_KEY) === true;
    // A child of a local span that is unknown, for it has ended or was not recorded, enters nothing.
    if (parent === undefined && !isNamed && isLocal(parentSpan)) return;
    const isEntry = parent === undefined || isNamed;
    const now = this.#clock.monotonic();
    if (parent !== undefined && parent.children++ === 0) parent.childrenSince = now;
    const open: Open = isEntry ? { breakdown: zeros(), outer: parent?.open, ended: false } : parent.open;
    this.#nodes.set(span, {
      open,
      parent,
      isEntry,
      startedAt: now,
      childTime: 0,
      children: 0,
      childrenSince: 0,
    });
  }

  onEnd(span: ReadableSpan): void {
    const node = this.#nodes.get(span);
    if (node === undefined) return;
    this.#nodes.delete(span);
    const now = this.#clock.monotonic();
    const { parent, open } = node;
    if (parent !== undefined && --parent.children === 0) parent.childTime += now - parent.childrenSince;
    const withChildren = node.childTime + (node.children > 0 ? now - node.childrenSince : 0);
    spend(open, spanType(span), Math.max(now - node.startedAt - withChildren, 0));
    if (!node.isEntry) return;
    open.ended = true;
    if (this.#counts(span)) this.#finished(span, open, now);
  }

  /** The statistics of every name within the window, those first that took the most time in all. */
  statistics(): TransactionStatistics[] {
    const now = this.#clock.monotonic();
    return Array.from(this.#windows, ([name, window]) => window.statistics(name, now))
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count * b.duration.mean - a.count * a.duration.mean);
  }

  /** Those of one name; `undefined` where there was none within the window. */
  statisticsOf(name: string): TransactionStatistics | undefined {
    const statistics = this.#windows.get(name)?.statistics(name, this.#clock.monotonic());
    return statistics?.count === 0 ? undefined : statistics;
  }

  /** Forgets everything that has ended. */
  reset(): void {
    this.#windows.clear();
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}

  #counts(span: ReadableSpan): boolean {
    if (this.#filter === undefined) return true;
    try {
      return this.#filter(span);
    } catch (error) {
      this.#diagnostics.report(
        'hook_failed',
        'TransactionMonitor.filter',
        'TransactionMonitor: filter threw',
        error,
      );
      return true;
    }
  }

  #finished(span: ReadableSpan, { breakdown }: Open, now: number): void {
    const [seconds, nanoseconds] = span.duration;
    const duration = seconds * 1000 + nanoseconds / 1e6;
    this.#windowOf(span.name, now).add({ duration, outcome: outcomeOf(span), breakdown }, now);
  }

  #windowOf(name: string, now: number): TransactionWindow {
    let window = this.#windows.get(name);
    if (window !== undefined) return window;
    if (this.#windows.size >= this.#maxNames) this.#sweep(now);
    if (this.#windows.size >= this.#maxNames && name !== OTHER) {
      this.#diagnostics.report(
        'too_many_names',
        'TransactionMonitor',
        `more than ${this.#maxNames} names of transactions: ${name} and others count as ${OTHER}; names should be ` +
          'those of routes or jobs, not of single things',
      );
      return this.#windowOf(OTHER, now);
    }
    window = new TransactionWindow(this.#steps, this.#stepLength, now);
    this.#windows.set(name, window);
    return window;
  }

  /** Lets go of names that have not come up within the window; once a step, for it looks at all of them. */
  #sweep(now: number): void {
    if (now - this.#sweptAt < this.#stepLength) return;
    this.#sweptAt = now;
    for (const [name, window] of this.#windows) {
      if (window.isEmpty(now)) this.#windows.delete(name);
    }
  }
}

function isLocal(parent: Span | undefined): boolean {
  const context = parent?.spanContext();
  return context !== undefined && isSpanContextValid(context) && context.isRemote !== true;
}

function spend(open: Open, type: SpanType, milliseconds: number): void {
  for (let at: Open | undefined = open; at !== undefined; at = at.outer) {
    // What goes on after the end was not waited for.
    if (!at.ended) at.breakdown[type] += milliseconds;
  }
}
