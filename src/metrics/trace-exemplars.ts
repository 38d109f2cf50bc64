import type { Span } from '@opentelemetry/api';
import { type Clock, systemClock, type Timer } from '../common/clock.js';
import { processContexts, spanOf } from '../common/context.js';
import { checkMethods, checkNumber, checkOptions } from '../common/options.js';
import type { Exemplar, ExemplarPolicy, ExemplarReservoir } from './exemplar.js';

export interface TraceExemplarsOptions {
  /** Milliseconds until a bucket that has an exemplar takes a newer one. Default 1,000. */
  interval?: number;
  /** Labels put beside the trace and span id, of text: they may have 128 characters in all. Default: none. */
  labels?: (span: Span) => Readonly<Record<string, string>> | undefined;
  /** Where the current span is looked up. Default: the contexts of this process. */
  contextManager?: { active(): Parameters<typeof spanOf>[0] };
  clock?: Clock;
}

/**
 * Keeps for each counter, and for each bucket of a histogram, the last observation that was made within a sampled
 * span, with the ids of its trace: the option `exemplars` of a registry. Nothing changes where metrics are used.
 *
 * ```ts
 * const registry = new Registry({ exemplars: traceExemplars() });
 * ```
 *
 * A bucket takes at most one exemplar in `interval`, and where it meets spans that are not sampled it looks at
 * every eighth observation only: looking up the current span takes longer than counting.
 */
export function traceExemplars(options: TraceExemplarsOptions = {}): ExemplarPolicy {
  const owner = 'traceExemplars';
  const checked = checkOptions(owner, options, ['interval', 'labels', 'contextManager', 'clock']);
  const interval = checkNumber(owner, 'interval', checked.interval, 1000, { min: 0 });
  const clock = checkMethods(owner, 'clock', checked.clock ?? systemClock, ['now', 'setTimeout']);
  const contexts = checked.contextManager ?? processContexts();
  checkMethods(owner, 'contextManager', contexts, ['active']);
  const source = new Source(interval, clock, contexts, checked.labels);
  return (slots) => new SpanReservoir(slots, source);
}

/** Observations that a slot lets pass after one that no sampled span was current at. */
const PASS = 7;
/** So many that the next interval comes first. */
const REST = 0x3fffffff;
/** Of the names and values of an exemplar's labels together, in OpenMetrics 1.0; the ids and their names take 63. */
const MAX_LABELS = 65;

/** What all reservoirs of one policy share. */
class Source {
  /** Goes up at the end of each interval in which anybody looked. Compared instead of a clock, which takes 50 ns. */
  round = 0;
  #timer: Timer | undefined;
  readonly #interval: number;
  readonly #clock: Clock;
  readonly #contexts: NonNullable<TraceExemplarsOptions['contextManager']>;
  readonly #labels: TraceExemplarsOptions['labels'];

  constructor(
    interval: number,
    clock: Clock,
    contexts: NonNullable<TraceExemplarsOptions['contextManager']>,
    labels: TraceExemplarsOptions['labels'],
  ) {
    this.#interval = interval;
    this.#clock = clock;
    this.#contexts = contexts;
    this.#labels = labels;
  }

  /** The observation as an exemplar, if a sampled span is current. Never throws. */
  take(value: number): Exemplar | undefined {
    this.#timer ??= this.#clock.setTimeout(() => {
      this.round++;
      this.#timer = undefined;
    }, this.#interval);
    try {
      const span = spanOf(this.#contexts.active());
      const context = span?.spanContext();
      if (context === undefined || (context.traceFlags & 1) === 0) return undefined;
      const { traceId, spanId } = context;
      const labels = usable(this.#labels?.(span!));
      const exemplar = { value, time: this.#clock.now(), traceId, spanId };
      return labels === undefined ? exemplar : { ...exemplar, labels };
    } catch {
      return undefined; // a span of somebody else's making
    }
  }
}

/** The exemplars of one series, the last of each slot. */
class SpanReservoir implements ExemplarReservoir {
  readonly #source: Source;
  readonly #kept: (Exemplar | undefined)[];
  /** How many observations each slot lets pass. */
  readonly #pass: number[];
  #round: number;

  constructor(slots: number, source: Source) {
    this.#source = source;
    this.#kept = new Array<undefined>(slots).fill(undefined);
    this.#pass = new Array<number>(slots).fill(0);
    this.#round = source.round;
  }

  offer(slot: number, value: number): void {
    if (this.#round !== this.#source.round) {
      this.#round = this.#source.round;
      this.#pass.fill(0);
    }
    const pass = this.#pass[slot]!;
    if (pass > 0) this.#pass[slot] = pass - 1;
    else this.#look(slot, value);
  }

  read(): readonly (Exemplar | undefined)[] {
    return [...this.#kept];
  }

  #look(slot: number, value: number): void {
    const exemplar = this.#source.take(value);
    this.#pass[slot] = exemplar === undefined ? PASS : REST;
    if (exemplar !== undefined) this.#kept[slot] = exemplar;
  }
}

/** A copy of such labels as may stand beside the ids; `undefined` where there are none. */
function usable(labels: Readonly<Record<string, string>> | undefined): Record<string, string> | undefined {
  const entries = Object.entries(labels ?? {});
  const length = entries.reduce((sum, [name, text]) => sum + name.length + text.length, 0);
  const fits = length <= MAX_LABELS && entries.every(([name]) => /^[a-z_]\w*$/i.test(name));
  return entries.length > 0 && fits ? Object.fromEntries(entries) : undefined;
}
