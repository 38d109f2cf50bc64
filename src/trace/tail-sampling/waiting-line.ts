import type { TraceBuffer } from './trace-buffer.js';

/** Traces in the order in which they came, from which any can leave at any time. */
export class WaitingLine {
  #oldest: TraceBuffer | undefined;
  #newest: TraceBuffer | undefined;

  get first(): TraceBuffer | undefined {
    return this.#oldest;
  }

  push(trace: TraceBuffer): void {
    trace.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = trace;
    else this.#newest.newer = trace;
    this.#newest = trace;
  }

  remove(trace: TraceBuffer): void {
    const { older, newer } = trace;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    trace.older = trace.newer = undefined;
  }
}
