import { invalidOption } from '../../common/errors.js';
import type { TraceIdentity } from '../ids.js';
import { type Decision, DROP, type ParentKind, QuickSampler, SAMPLE } from './sampler.js';

class TraceIdRatio extends QuickSampler {
  readonly readsTraceId = true;
  readonly #ratio: number;
  /** Traces whose last 56 bits are below this are dropped: its upper 24 bits and its lower 32. */
  readonly #high: number;
  readonly #low: number;

  constructor(ratio: number) {
    super();
    this.#ratio = ratio;
    const threshold = (1 - ratio) * 2 ** 56;
    this.#high = Math.floor(threshold / 2 ** 32);
    this.#low = threshold - this.#high * 2 ** 32;
  }

  decide(_parent: ParentKind, trace: TraceIdentity | undefined): Decision {
    // In two parts, for a double cannot hold 56 bits. No id reaches the threshold of ratio 0.
    const id = parsed(trace!);
    const high = id.word2 & 0xffffff;
    if (high !== this.#high) return high > this.#high ? SAMPLE : DROP;
    return id.word3 >>> 0 >= this.#low ? SAMPLE : DROP;
  }

  toString(): string {
    return `TraceIdRatio{${this.#ratio}}`;
  }
}

/**
 * Samples the given share of traces, by their ids alone: every service that uses the same ratio keeps the same
 * traces, and one with a higher ratio keeps those and more. The last 56 bits of the id are compared with the
 * rejection threshold of OpenTelemetry's consistent probability sampling.
 *
 * @param ratio from 0 (none) to 1 (all)
 */
export function traceIdRatio(ratio: number): QuickSampler {
  if (typeof ratio !== 'number' || !(ratio >= 0 && ratio <= 1)) {
    throw invalidOption('traceIdRatio', 'ratio', ratio, 'a number from 0 to 1');
  }
  return new TraceIdRatio(ratio);
}

/** The trace, with the last two words of an id that came as text; its words are 0 until then. */
function parsed(trace: TraceIdentity): TraceIdentity {
  if (trace.text !== undefined && trace.word3 === 0) {
    trace.word2 = wordOfHex(trace.text, 16);
    trace.word3 = wordOfHex(trace.text, 24);
  }
  return trace;
}

function wordOfHex(hex: string, start: number): number {
  let word = 0;
  for (let i = start; i < start + 8; i++) {
    const code = hex.charCodeAt(i);
    word = (word << 4) | (code < 58 ? code - 48 : code - 87);
  }
  return word;
}
