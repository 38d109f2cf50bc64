import type { Context } from '@opentelemetry/api';
import { type Clock, systemClock } from '../../common/clock.js';
import { Diagnostics, type SelfCounter } from '../../common/diagnostics.js';
import type { FlushOptions } from '../../common/export.js';
import { checkInteger, checkMethods, checkOptions } from '../../common/options.js';
import { FLAG_SAMPLED, type TraceIdentity } from '../ids.js';
import type { ReadableSpan, ReadWriteSpan, SpanProcessor } from '../readable-span.js';
import { RecordingSpan } from '../span.js';
import { isLocalRoot, isOwnLocalRoot, ownSpanSize, spanSize, stopOf, traceIdOf } from '../span-facts.js';
import { Alarm } from './alarm.js';
import type { TailSamplingConfig } from './config.js';
import { DecisionMemory } from './decision-memory.js';
import { parseGoDuration } from './duration.js';
import { Judge } from './judge.js';
import { Notes } from './notes.js';
import { readTailSampling } from './read-config.js';
import { TraceBuffer } from './trace-buffer.js';
import { UndecidedTraces } from './undecided-traces.js';
import type { WaitingLine } from './waiting-line.js';

export interface TailSamplingProcessorOptions {
  /** The policies, as an object or as the text of a YAML file. */
  config: TailSamplingConfig | string;
  /** Where the spans of kept traces go: a `BatchSpanProcessor`, mostly. */
  processor: SpanProcessor;
  /** Spans held at most; then the oldest traces are decided with what there is of them. Default 250,000. */
  maxSpans?: number;
  /** The same for bytes, estimated. Default 128 MiB. */
  maxBytes?: number;
  clock?: Clock;
  diagnostics?: Diagnostics;
}

/** What became of traces and late spans so far, and what waits. */
export interface TailSamplingStats {
  readonly kept: number;
  readonly dropped: number;
  /** Of those decided, traces that had to be before their time because there was no more room. */
  readonly evicted: number;
  /** Of those dropped, traces that were larger than `maximum_trace_size_bytes`. */
  readonly tooLarge: number;
  /** Spans that came after the decision on their trace. */
  readonly lateKept: number;
  readonly lateDropped: number;
  readonly pending: { readonly traces: number; readonly spans: number; readonly bytes: number };
}

/** Traces that are decided before the event loop gets its turn: some milliseconds. */
const PER_TURN = 1_000;

/**
 * Decides on whole traces when they are done: keeps those with errors, the slow ones, some of the others. A span
 * processor in front of another.
 *
 * ```ts
 * new TailSamplingProcessor({
 *   config: {
 *     policies: [
 *       { name: 'errors', type: 'status_code', status_code: { status_codes: ['ERROR'] } },
 *       { name: 'slow', type: 'latency', latency: { threshold_ms: 500 } },
 *       { name: 'some', type: 'probabilistic', probabilistic: { sampling_percentage: 5 } },
 *     ],
 *   },
 *   processor: new BatchSpanProcessor({ exporter }),
 * });
 * ```
 *
 * The configuration is that of a Collector's `tail_sampling`. One process sees its own part of a trace: that is
 * decided a moment after its local root has ended, or by age. Where traces span processes, run the same
 * configuration on a Collector (`writeTailSampling`). Spans that the sampler had dropped are not seen, and those
 * that it recorded without the sampled flag are passed over. A span that ends after its trace was decided goes the
 * way of the trace. What policies ask of single spans (status, times, attributes) is noted as each span ends.
 *
 * `forceFlush` decides the traces whose local root has ended, `shutdown` all of them.
 */
export class TailSamplingProcessor implements SpanProcessor {
  /** Only there if the processor has it: a provider asks. */
  declare readonly onEnding?: (span: ReadWriteSpan) => void;
  readonly #next: SpanProcessor;
  readonly #clock: Clock;
  readonly #diagnostics: Diagnostics;
  readonly #judge: Judge;
  readonly #notes = new Notes();
  readonly #memory: DecisionMemory;
  readonly #alarm: Alarm;

  readonly #age: number;
  readonly #linger: number;
  readonly #maxTraces: number;
  readonly #maxSpans: number;
  readonly #maxBytes: number;
  readonly #maxTraceBytes: number;
  readonly #dropPending: boolean;

  readonly #undecided = new UndecidedTraces();
  /** The time that was used last. */
  #latest = -Infinity;
  #closed = false;
  /** Those who want every trace kept for now. */
  readonly #keepers = new Set<object>();
  readonly #totals: Readonly<Record<'kept' | 'dropped' | 'evicted', SelfCounter>>;
  readonly #counts = { kept: 0, dropped: 0, evicted: 0, tooLarge: 0, lateKept: 0, lateDropped: 0 };

  /** @throws TelltaleError that names the option, or the path in the configuration, that is wrong. */
  constructor(options: TailSamplingProcessorOptions) {
    const owner = 'TailSamplingProcessor';
    const given = checkOptions(owner, options, [
      'config',
      'processor',
      'maxSpans',
      'maxBytes',
      'clock',
      'diagnostics',
    ]);
    const config = readTailSampling(given.config);
    const next = checkMethods(owner, 'processor', given.processor, [
      'onStart',
      'onEnd',
      'forceFlush',
      'shutdown',
    ]);
    const { clock = systemClock, diagnostics = new Diagnostics({ clock }) } = given;
    this.#maxSpans = checkInteger(owner, 'maxSpans', given.maxSpans, 250_000, { min: 1 });
    this.#maxBytes = checkInteger(owner, 'maxBytes', given.maxBytes, 128 * 1024 * 1024, { min: 1 });
    this.#age = parseGoDuration(config.decision_wait ?? '30s')!;
    // 0 is a Collector's way to say that the root does not matter.
    const linger = parseGoDuration(config.decision_wait_after_root_received ?? '200ms')!;
    this.#linger = linger > 0 && linger < this.#age ? linger : Infinity;
    this.#maxTraces = config.num_traces ?? 50_000;
    this.#maxTraceBytes = config.maximum_trace_size_bytes || Infinity;
    this.#dropPending = config.drop_pending_traces_on_shutdown ?? false;
    const { sampled_cache_size = 10_000, non_sampled_cache_size = 100_000 } = config.decision_cache ?? {};
    this.#memory = new DecisionMemory(sampled_cache_size, non_sampled_cache_size);
    this.#alarm = new Alarm(clock, () => this.#onTime());
    const decided = (decision: string) => {
      const help = 'Traces that tail sampling decided on.';
      return diagnostics.counter('telltale_tail_sampling_traces_total', help, { decision });
    };
    this.#totals = {
      kept: decided('kept'),
      dropped: decided('dropped'),
      evicted: diagnostics.counter(
        'telltale_tail_sampling_evicted_total',
        'Traces decided before their time because there was no more room.',
      ),
    };
    this.#judge = new Judge(config, this.#notes, clock, diagnostics);
    this.#next = next;
    this.#clock = clock;
    this.#diagnostics = diagnostics;
    if (typeof next.onEnding === 'function') this.onEnding = (span) => next.onEnding!(span);
  }

  get stats(): TailSamplingStats {
    const { traces, spans, bytes } = this.#undecided;
    return { ...this.#counts, pending: { traces, spans, bytes } };
  }

  /**
   * Keeps every trace for now, whatever the policies say: while an incident lasts, mostly. Each caller asks for itself;
   * policies decide again once all of them have taken it back. Limits of memory and size hold on, and the policies go
   * on seeing all traces, so that what they have learnt stays true.
   *
   * @param keep `false` takes it back.
   * @param keeper Who asks.
   */
  keepAll(keep: boolean, keeper: object = this): void {
    if (keep) this.#keepers.add(keeper);
    else this.#keepers.delete(keeper);
  }

  onStart(span: ReadWriteSpan, parentContext: Context): void {
    this.#next.onStart(span, parentContext);
  }

  onEnd(span: ReadableSpan): void {
    // Asked once: each `instanceof` walks along the prototypes, and five of them were a tenth of what a span cost.
    const own = span instanceof RecordingSpan ? span : undefined;
    const flags = own === undefined ? span.spanContext().traceFlags : own.flags;
    if ((flags & FLAG_SAMPLED) === 0) return;
    const identity = own?.identity;
    const held = identity?.held;
    let trace = held?.owner === this ? (held as TraceBuffer) : this.#find(span, identity);
    if (!trace.listed && identity !== undefined && identity.text !== undefined) trace = this.#list(trace);
    if (trace.into !== undefined) trace = trace.into;
    if (trace.kept === undefined) this.#take(trace, span, own);
    else if (trace.kept === true) {
      this.#counts.lateKept++;
      this.#hand(span);
    } else this.#counts.lateDropped++;
  }

  /** Decides the traces whose local root has ended, and flushes the processor behind. */
  async forceFlush(options?: FlushOptions): Promise<void> {
    while (this.#decideWhile(this.#undecided.lingering, always) !== undefined) await nextTurn();
    await this.#next.forceFlush(options);
  }

  /** Decides all traces, unless the configuration wants them dropped, and shuts the processor behind down. */
  async shutdown(options?: FlushOptions): Promise<void> {
    this.#closed = true;
    this.#alarm.silence();
    const { lingering, open } = this.#undecided;
    for (const line of [lingering, open]) {
      while (this.#decideWhile(line, always) !== undefined) await nextTurn();
    }
    await this.#next.shutdown(options);
  }

  /** @param own the span, where it is telltale's */
  #take(trace: TraceBuffer, span: ReadableSpan, own: RecordingSpan | undefined): void {
    const undecided = this.#undecided;
    undecided.push(trace, span, own === undefined ? spanSize(span) : ownSpanSize(own));
    if (own === undefined) this.#notes.take(trace, span);
    else this.#notes.takeOwn(trace, own);
    if (trace.bytes > this.#maxTraceBytes) this.#reject(trace);
    else if (own === undefined ? isLocalRoot(span) : isOwnLocalRoot(own)) this.#rootEnded(trace, span);
    while (undecided.spans > this.#maxSpans || undecided.bytes > this.#maxBytes) this.#evict();
  }

  /**
   * The trace of a span that does not lead to it. Where the id is one of telltale's own and nobody has asked for it,
   * nobody else can come with it: the trace is new, and need not be found by its id. Making ids text and looking for
   * them was half of what a trace cost.
   */
  #find(span: ReadableSpan, identity: TraceIdentity | undefined): TraceBuffer {
    if (identity !== undefined && identity.text === undefined && identity.held === undefined) {
      return this.#begin(identity, span);
    }
    const traceId = traceIdOf(span);
    let trace = this.#undecided.find(traceId);
    if (trace === undefined) {
      const kept = this.#memory.of(traceId);
      trace = kept === undefined ? this.#begin(identity ?? traceId, span) : new TraceBuffer(this, traceId, 0);
      if (kept !== undefined) trace.kept = kept;
      if (trace.kept === undefined) this.#undecided.list(trace, traceId);
      else trace.listed = true;
    }
    if (identity !== undefined && identity.held === undefined) identity.held = trace;
    return trace;
  }

  #begin(identity: TraceIdentity | string, first: ReadableSpan): TraceBuffer {
    const trace = new TraceBuffer(this, identity, this.#timeOf(first) + this.#age);
    if (this.#closed) {
      trace.kept = false;
      return trace;
    }
    if (this.#undecided.traces >= this.#maxTraces) this.#evict();
    if (typeof identity !== 'string' && identity.held === undefined) identity.held = trace;
    this.#undecided.add(trace);
    this.#alarm.wake(trace.due);
    return trace;
  }

  /**
   * Somebody has asked for the id meanwhile, to send it along: from now on the trace is found by it. Where the call
   * came back into this process, its part of the trace is here already, and both become one.
   */
  #list(trace: TraceBuffer): TraceBuffer {
    const id = trace.knownId!;
    if (trace.kept !== undefined) {
      trace.listed = true;
      this.#memory.remember(id, trace.kept);
      return trace;
    }
    const other = this.#undecided.find(id);
    if (other === undefined) {
      this.#undecided.list(trace, id);
      const kept = this.#memory.of(id);
      if (kept !== undefined) this.#settle(trace, kept);
      return trace;
    }
    trace.listed = true;
    const { root } = trace;
    this.#undecided.join(trace, other);
    if (root !== undefined) this.#rootEnded(other, root);
    return other;
  }

  #rootEnded(trace: TraceBuffer, root: ReadableSpan): void {
    trace.root = root;
    if (this.#linger === Infinity || trace.lingers) return;
    this.#undecided.linger(trace, this.#timeOf(root) + this.#linger);
    this.#alarm.wake(trace.due);
  }

  /**
   * Now, when a span has ended: its own time where that can be, so that the clock, which is a third of what the
   * processor does for a span, is not read again.
   */
  #timeOf(ended: ReadableSpan): number {
    const stop = stopOf(ended, this.#clock);
    this.#latest = stop !== undefined && stop >= this.#latest ? stop : this.#clock.monotonic();
    return this.#latest;
  }

  /** Decides what is due. One timer serves all traces; each list is in the order in which it falls due. */
  #onTime(): void {
    // What falls due within the next moment is decided now: hundreds of traces with one timer.
    const now = this.#clock.monotonic() + 1;
    for (const line of [this.#undecided.lingering, this.#undecided.open]) {
      const next = this.#decideWhile(line, ({ due }) => due <= now);
      if (next !== undefined) this.#alarm.wake(next.due);
    }
  }

  /** Decides the first of a line as long as they are due, a turn's worth at most; gives the first that is left. */
  #decideWhile(line: WaitingLine, isDue: (trace: TraceBuffer) => boolean): TraceBuffer | undefined {
    for (let decided = 0; ; decided++) {
      const trace = line.first;
      if (trace === undefined || decided === PER_TURN || !isDue(trace)) return trace;
      if (this.#closed && this.#dropPending) this.#settle(trace, false);
      else this.#settle(trace, this.#keeps(trace));
    }
  }

  /** Decides a trace before its time: one whose root has ended, or else the oldest. */
  #evict(): void {
    this.#counts.evicted++;
    this.#totals.evicted.value++;
    this.#diagnostics.report(
      'tail_sampling_full',
      'tail_sampling',
      'tail sampling has no more room: the oldest traces are decided before their time',
    );
    const trace = this.#undecided.first!;
    this.#settle(trace, this.#keeps(trace));
  }

  #keeps(trace: TraceBuffer): boolean {
    const keeps = this.#judge.keeps(trace);
    return keeps || this.#keepers.size > 0;
  }

  #reject(trace: TraceBuffer): void {
    this.#counts.tooLarge++;
    this.#diagnostics.report(
      'tail_sampling_too_large',
      'tail_sampling',
      'a trace is larger than maximum_trace_size_bytes and is dropped',
    );
    this.#settle(trace, false);
  }

  #settle(trace: TraceBuffer, keep: boolean): void {
    const id = trace.knownId;
    this.#undecided.remove(trace);
    trace.kept = keep;
    if (id !== undefined) this.#memory.remember(id, keep);
    if (keep) {
      this.#counts.kept++;
      this.#totals.kept.value++;
      const { places, count } = trace;
      for (let i = 0; i < count; i++) this.#hand(places[i]!);
    } else {
      this.#counts.dropped++;
      this.#totals.dropped.value++;
    }
    trace.release();
  }

  #hand(span: ReadableSpan): void {
    try {
      this.#next.onEnd(span);
    } catch (error) {
      this.#diagnostics.report(
        'span_processor_failed',
        'tail_sampling',
        'the processor behind the tail sampling threw',
        error,
      );
    }
  }
}

const always = (): boolean => true;

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
