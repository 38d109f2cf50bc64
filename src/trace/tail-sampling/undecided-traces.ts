import type { ReadableSpan } from '../readable-span.js';
import { spanSize } from '../span-facts.js';
import type { TraceBuffer } from './trace-buffer.js';
import { WaitingLine } from './waiting-line.js';

/** The traces that wait for their decision, and how much they hold. */
export class UndecidedTraces {
  traces = 0;
  spans = 0;
  /** Estimated. */
  bytes = 0;
  /** Those whose root has not ended, the oldest first. */
  readonly open = new WaitingLine();
  /** Those whose root has ended, in the order in which that happened. */
  readonly lingering = new WaitingLine();
  /** Those whose ids others may come with, by these. */
  readonly #byId = new Map<string, TraceBuffer>();

  /** The one to give up first: complete, or else the oldest. */
  get first(): TraceBuffer | undefined {
    return this.lingering.first ?? this.open.first;
  }

  find(id: string): TraceBuffer | undefined {
    return this.#byId.get(id);
  }

  add(trace: TraceBuffer): void {
    this.traces++;
    this.open.push(trace);
  }

  /** Lets a trace be found by its id. */
  list(trace: TraceBuffer, id: string): void {
    trace.listed = true;
    this.#byId.set(id, trace);
  }

  push(trace: TraceBuffer, span: ReadableSpan): void {
    const size = spanSize(span);
    trace.spans.push(span);
    trace.bytes += size;
    this.spans++;
    this.bytes += size;
  }

  /** Its root has ended: it is due at that moment. */
  linger(trace: TraceBuffer, due: number): void {
    this.open.remove(trace);
    trace.due = due;
    this.lingering.push(trace);
  }

  /** Two turned out to be the same trace: the spans of the first go over to the other. */
  join(trace: TraceBuffer, other: TraceBuffer): void {
    this.#line(trace).remove(trace);
    this.traces--;
    for (const span of trace.release()) other.spans.push(span);
    other.bytes += trace.bytes;
    trace.into = other;
  }

  /** Takes a trace out, and gives its spans. */
  remove(trace: TraceBuffer): ReadableSpan[] {
    this.#line(trace).remove(trace);
    if (trace.listed) this.#byId.delete(trace.knownId!);
    const spans = trace.release();
    this.traces--;
    this.spans -= spans.length;
    this.bytes -= trace.bytes;
    return spans;
  }

  #line(trace: TraceBuffer): WaitingLine {
    return trace.due === Infinity ? this.open : this.lingering;
  }
}
