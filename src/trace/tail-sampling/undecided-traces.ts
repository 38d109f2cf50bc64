import type { ReadableSpan } from '../readable-span.js';
import { mergeMarks } from './notes.js';
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

  push(trace: TraceBuffer, span: ReadableSpan, size: number): void {
    trace.push(span);
    trace.bytes += size;
    this.spans++;
    this.bytes += size;
  }

  /** Its root has ended: it is due at that moment. */
  linger(trace: TraceBuffer, due: number): void {
    this.open.remove(trace);
    trace.due = due;
    trace.lingers = true;
    this.lingering.push(trace);
  }

  /** Two turned out to be the same trace: the spans of the first go over to the other. */
  join(trace: TraceBuffer, other: TraceBuffer): void {
    this.#line(trace).remove(trace);
    this.traces--;
    mergeMarks(other, trace);
    other.absorb(trace);
  }

  /** Takes a trace out; it holds its spans still. */
  remove(trace: TraceBuffer): void {
    this.#line(trace).remove(trace);
    if (trace.listed) this.#byId.delete(trace.knownId!);
    this.traces--;
    this.spans -= trace.count;
    this.bytes -= trace.bytes;
  }

  #line(trace: TraceBuffer): WaitingLine {
    return trace.lingers ? this.lingering : this.open;
  }
}
