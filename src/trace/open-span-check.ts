import { type Clock, systemClock, type Timer } from '../common/clock.js';
import { Diagnostics } from '../common/diagnostics.js';
import { checkFunction, checkInteger, checkMethods, checkNumber, checkOptions } from '../common/options.js';
import type { ReadableSpan, ReadWriteSpan, SpanProcessor } from './readable-span.js';

/** A span that has not ended. */
export interface OpenSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Milliseconds since it was started. */
  readonly age: number;
  /** Where in the code it was started: the stack below the call that started it, a line each. */
  readonly startedAt: string;
}

export interface OpenSpanCheckOptions {
  /** Milliseconds after which a span that has not ended is reported, once. Default 60,000. */
  after?: number;
  /** Spans watched at most at a time; those beyond are not. Default 10,000. */
  maxSpans?: number;
  /** Told of each instead of `diagnostics`. */
  onOpen?: (span: OpenSpan) => void;
  clock?: Clock;
  diagnostics?: Diagnostics;
}

interface Watched {
  readonly span: WeakRef<ReadWriteSpan>;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly since: number;
  readonly place: { stack?: string };
  reported: boolean;
}

/** Frames kept of a stack. */
const FRAMES = 30;
/** Of the frames on top, those that belong to starting a span rather than to who starts it. */
const STARTING = /\b(startSpan|startActiveSpan|Tracer\.trace|traceBy|traced)\b/;

/**
 * For development: a span processor that finds spans which are never ended, and says where they were started.
 * Each is told of once, when it is older than `after`, and again the ones still open when the provider shuts down.
 *
 * Taking a stack costs some microseconds a span, so leave it out of production. Spans are held weakly: what the
 * host has forgotten is collected, and reported all the same.
 *
 * ```ts
 * const check = openSpanCheck({ after: 10_000 });
 * const provider = new TracerProvider({ spanProcessors: [check, batch] });
 * check.open(); // at any time: what is open now
 * ```
 *
 * @throws TelltaleError for an option that is unknown or wrong.
 */
export function openSpanCheck(options: OpenSpanCheckOptions = {}): OpenSpanCheck {
  return new OpenSpanCheck(options);
}

/** See `openSpanCheck`. */
export class OpenSpanCheck implements SpanProcessor {
  readonly #after: number;
  readonly #maxSpans: number;
  readonly #clock: Clock;
  readonly #tell: (span: OpenSpan) => void;
  /** In the order in which they were started. */
  readonly #watched = new Map<number, Watched>();
  readonly #numbers = new WeakMap<object, number>();
  #next = 0;
  #timer: Timer | undefined;

  /** @internal Use `openSpanCheck`. */
  constructor(options: OpenSpanCheckOptions) {
    const owner = 'openSpanCheck';
    checkOptions(owner, options, ['after', 'maxSpans', 'onOpen', 'clock', 'diagnostics']);
    this.#after = checkNumber(owner, 'after', options.after, 60_000, { min: 1 });
    this.#maxSpans = checkInteger(owner, 'maxSpans', options.maxSpans, 10_000, { min: 1 });
    this.#clock = checkMethods(owner, 'clock', options.clock ?? systemClock, ['monotonic', 'setTimeout']);
    const diagnostics = options.diagnostics ?? new Diagnostics({ clock: this.#clock });
    this.#tell = checkFunction(owner, 'onOpen', options.onOpen) ?? ((span) => reportTo(diagnostics, span));
  }

  onStart(span: ReadWriteSpan): void {
    if (this.#watched.size >= this.#maxSpans) return;
    const { traceId, spanId } = span.spanContext();
    this.#numbers.set(span, this.#next);
    this.#watched.set(this.#next++, {
      span: new WeakRef(span),
      name: span.name,
      traceId,
      spanId,
      since: this.#clock.monotonic(),
      place: stackHere(),
      reported: false,
    });
    this.#timer ??= this.#clock.setTimeout(() => this.#check(), this.#after);
  }

  onEnd(span: ReadableSpan): void {
    const number = this.#numbers.get(span);
    if (number !== undefined) this.#watched.delete(number);
  }

  async forceFlush(): Promise<void> {}

  /** Tells of every span that is still open. */
  async shutdown(): Promise<void> {
    this.#timer?.cancel();
    for (const watched of this.#watched.values()) this.#report(watched);
    this.#watched.clear();
  }

  /** The spans that are open now, the oldest first. */
  open(): OpenSpan[] {
    return [...this.#watched.values()].map((watched) => this.#describe(watched));
  }

  #check(): void {
    const now = this.#clock.monotonic();
    let oldest: number | undefined;
    for (const [number, watched] of this.#watched) {
      const age = now - watched.since;
      if (age >= this.#after) {
        this.#report(watched);
        // Nobody can end it any more.
        if (watched.span.deref() === undefined) this.#watched.delete(number);
      } else {
        oldest = watched.since;
        break;
      }
    }
    this.#timer =
      oldest === undefined
        ? undefined
        : this.#clock.setTimeout(() => this.#check(), Math.max(1, oldest + this.#after - now));
  }

  #report(watched: Watched): void {
    if (watched.reported) return;
    watched.reported = true;
    try {
      this.#tell(this.#describe(watched));
    } catch {
      // A handler of the host's; there is nobody to tell.
    }
  }

  #describe({ name, traceId, spanId, since, place }: Watched): OpenSpan {
    return { name, traceId, spanId, age: this.#clock.monotonic() - since, startedAt: callerIn(place.stack) };
  }
}

function reportTo(diagnostics: Diagnostics, { name, age, startedAt }: OpenSpan): void {
  const place = startedAt.split('\n', 1)[0]!;
  const seconds = Math.round(age / 100) / 10;
  diagnostics.report(
    'span_open',
    `${name} ${place}`,
    `span "${name}" was started ${seconds} s ago and has not ended; it was started ${place}`,
  );
}

/** The stack as it is here. V8 writes it as text when somebody reads it. */
function stackHere(): { stack?: string } {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  const place: { stack?: string } = {};
  Error.captureStackTrace(place, OpenSpanCheck.prototype.onStart);
  Error.stackTraceLimit = limit;
  return place;
}

/** The frames below those that start a span. */
function callerIn(stack: string | undefined): string {
  const frames = (stack ?? '').split('\n').slice(1);
  let start = 0;
  for (let i = 0; i < Math.min(12, frames.length); i++) if (STARTING.test(frames[i]!)) start = i + 1;
  return frames
    .slice(start)
    .map((frame) => frame.trim())
    .join('\n');
}
