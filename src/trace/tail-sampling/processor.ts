import type { Context } from '@opentelemetry/api';
import { type Clock, systemClock, type Timer } from '../../common/clock.js';
import { Diagnostics, type SelfCounter } from '../../common/diagnostics.js';
import { checkInteger, checkMethods, checkOptions } from '../../common/options.js';
import { FLAG_SAMPLED } from '../ids.js';
import type { ReadableSpan, ReadWriteSpan, SpanProcessor } from '../readable-span.js';
import { isLocalRoot, isUnheardOf, spanFlags, spanSize, traceIdOf } from '../span-facts.js';
import type { TailSamplingConfig } from './config.js';
import { DroppedTraces, KeptTraces } from './decision-memory.js';
import { parseGoDuration } from './duration.js';
import { Judge } from './judge.js';
import { readTailSampling } from './read-config.js';
import { TraceBuffer } from './trace-buffer.js';
import { WaitingLine } from './waiting-line.js';

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
 * way of the trace.
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
  readonly #kept: KeptTraces;
  readonly #droppedIds: DroppedTraces;

  readonly #age: number;
  readonly #linger: number;
  readonly #maxTraces: number;
  readonly #maxSpans: number;
  readonly #maxBytes: number;
  readonly #maxTraceBytes: number;
  readonly #dropPending: boolean;

  /** Undecided traces by their ids. */
  readonly #traces = new Map<string, TraceBuffer>();
  /** Each of them waits in one line: for its root to end, by age; or for the time after that, in order of ends. */
  readonly #open = new WaitingLine();
  readonly #lingering = new WaitingLine();
  #spans = 0;
  #bytes = 0;
  #timer: Timer | undefined;
  /** When the timer runs. */
  #wakeAt = Infinity;
  #closed = false;
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
    this.#kept = new KeptTraces(config.decision_cache?.sampled_cache_size ?? 10_000);
    this.#droppedIds = new DroppedTraces(config.decision_cache?.non_sampled_cache_size ?? 100_000);
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
    this.#judge = new Judge(config, clock, diagnostics);
    this.#next = next;
    this.#clock = clock;
    this.#diagnostics = diagnostics;
    if (typeof next.onEnding === 'function') this.onEnding = (span) => next.onEnding!(span);
  }

  get stats(): TailSamplingStats {
    return {
      ...this.#counts,
      pending: { traces: this.#traces.size, spans: this.#spans, bytes: this.#bytes },
    };
  }

  onStart(span: ReadWriteSpan, parentContext: Context): void {
    this.#next.onStart(span, parentContext);
  }

  onEnd(span: ReadableSpan): void {
    if ((spanFlags(span) & FLAG_SAMPLED) === 0) return;
    // Whatever was buffered or decided here has been asked for its id: looking for it is saved, which is half of
    // what the first span of a trace costs.
    const isNew = isUnheardOf(span);
    const traceId = traceIdOf(span);
    let trace = isNew ? undefined : this.#traces.get(traceId);
    if (trace === undefined) {
      if (this.#closed || (!isNew && this.#late(traceId, span))) return;
      trace = this.#begin(traceId);
    }
    const size = spanSize(span);
    trace.spans.push(span);
    trace.bytes += size;
    this.#spans++;
    this.#bytes += size;
    if (trace.bytes > this.#maxTraceBytes) this.#reject(trace);
    else if (isLocalRoot(span)) this.#rootEnded(trace, span);
    if (this.#spans > this.#maxSpans || this.#bytes > this.#maxBytes) this.#makeRoom();
  }

  /** Decides the traces whose local root has ended, and flushes the processor behind. */
  async forceFlush(): Promise<void> {
    this.#decideWhile(this.#lingering, () => true);
    await this.#next.forceFlush();
  }

  /** Decides all traces, unless the configuration wants them dropped, and shuts the processor behind down. */
  async shutdown(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    for (const trace of [...this.#traces.values()]) {
      if (this.#dropPending) this.#settle(trace, false);
      else this.#decide(trace);
    }
    await this.#next.shutdown();
  }

  /** The span of a trace that was decided already goes the same way. */
  #late(traceId: string, span: ReadableSpan): boolean {
    if (this.#kept.has(traceId)) {
      this.#counts.lateKept++;
      this.#hand(span);
      return true;
    }
    if (!this.#droppedIds.has(traceId)) return false;
    this.#counts.lateDropped++;
    return true;
  }

  #begin(traceId: string): TraceBuffer {
    if (this.#traces.size >= this.#maxTraces) this.#evict();
    const trace = new TraceBuffer(traceId, this.#clock.monotonic());
    this.#traces.set(traceId, trace);
    this.#open.push(trace);
    this.#wake(trace.since + this.#age);
    return trace;
  }

  #rootEnded(trace: TraceBuffer, root: ReadableSpan): void {
    trace.root = root;
    if (this.#linger === Infinity || trace.due !== Infinity) return;
    trace.due = this.#clock.monotonic() + this.#linger;
    this.#open.remove(trace);
    this.#lingering.push(trace);
    this.#wake(trace.due);
  }

  #wake(at: number): void {
    if (at >= this.#wakeAt) return;
    this.#timer?.cancel();
    this.#wakeAt = at;
    this.#timer = this.#clock.setTimeout(this.#onTime, Math.max(0, at - this.#clock.monotonic()));
  }

  /** Decides what is due. One timer serves all traces; each list is in the order in which it falls due. */
  readonly #onTime = (): void => {
    this.#wakeAt = Infinity;
    // What falls due within the next moment is decided now: hundreds of traces with one timer.
    const now = this.#clock.monotonic() + 1;
    const lingering = this.#decideWhile(this.#lingering, ({ due }) => due <= now);
    const oldest = this.#decideWhile(this.#open, ({ since }) => since + this.#age <= now);
    if (lingering !== undefined) this.#wake(lingering.due);
    if (oldest !== undefined) this.#wake(oldest.since + this.#age);
  };

  /** Decides the first of a line as long as they are due; gives the first that is not. */
  #decideWhile(line: WaitingLine, isDue: (trace: TraceBuffer) => boolean): TraceBuffer | undefined {
    for (;;) {
      const trace = line.first;
      if (trace === undefined || !isDue(trace)) return trace;
      this.#decide(trace);
    }
  }

  #makeRoom(): void {
    while (this.#spans > this.#maxSpans || this.#bytes > this.#maxBytes) this.#evict();
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
    this.#decide((this.#lingering.first ?? this.#open.first)!);
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

  #decide(trace: TraceBuffer): void {
    this.#settle(trace, this.#judge.keeps(trace));
  }

  #settle(trace: TraceBuffer, keep: boolean): void {
    const { traceId, spans } = trace;
    (trace.due === Infinity ? this.#open : this.#lingering).remove(trace);
    this.#traces.delete(traceId);
    this.#spans -= spans.length;
    this.#bytes -= trace.bytes;
    this.#counts[keep ? 'kept' : 'dropped']++;
    if (keep) {
      this.#totals.kept.value++;
      this.#kept.add(traceId);
      for (const span of spans) this.#hand(span);
    } else {
      this.#totals.dropped.value++;
      this.#droppedIds.add(traceId);
    }
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
