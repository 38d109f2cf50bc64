import { hexWord } from './hex-word.js';

/** What was decided on traces, for the spans that come later. */
export class DecisionMemory {
  readonly #kept: KeptTraces;
  readonly #dropped: DroppedTraces;

  /** @param kept how many ids of kept traces it remembers at least, and of dropped ones `dropped` */
  constructor(kept: number, dropped: number) {
    this.#kept = new KeptTraces(kept);
    this.#dropped = new DroppedTraces(dropped);
  }

  remember(traceId: string, kept: boolean): void {
    if (kept) this.#kept.add(traceId);
    else this.#dropped.add(traceId);
  }

  /** Whether the trace was kept; `undefined` where nobody remembers. */
  of(traceId: string): boolean | undefined {
    if (this.#kept.has(traceId)) return true;
    return this.#dropped.has(traceId) ? false : undefined;
  }
}

/**
 * The ids of traces that were kept: the newest, and those asked for lately, at least `limit` of them and at most
 * twice as many. Two sets, of which the older is let go when the newer is full: a single one that gives up its
 * oldest member each time walks over the gaps of all those before (50 µs at 10,000 members).
 */
export class KeptTraces {
  readonly #limit: number;
  #recent = new Set<string>();
  #older = new Set<string>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(traceId: string): void {
    if (this.#limit === 0) return;
    if (this.#recent.size >= this.#limit) {
      this.#older = this.#recent;
      this.#recent = new Set();
    }
    this.#recent.add(traceId);
  }

  /** Whether it was kept; asking makes it recent. */
  has(traceId: string): boolean {
    if (this.#recent.has(traceId)) return true;
    if (!this.#older.has(traceId)) return false;
    this.add(traceId);
    return true;
  }
}

/** Places of a bucket; in each stands a fingerprint. */
const WAYS = 8;

/**
 * The ids of traces that were dropped, four bytes each: in the bucket that one half of the id leads to stands the
 * other half, in whichever place is next. A trace that was never seen is taken for a dropped one once in 500 million.
 */
export class DroppedTraces {
  readonly #marks: Int32Array;
  readonly #mask: number;
  #turn = 0;

  /** @param limit rounded up to a power of two */
  constructor(limit: number) {
    const buckets = limit === 0 ? 0 : 2 ** Math.ceil(Math.log2(Math.max(1, limit / WAYS)));
    this.#marks = new Int32Array(buckets * WAYS);
    this.#mask = buckets - 1;
  }

  add(traceId: string): void {
    if (this.#marks.length === 0) return;
    const start = this.#bucket(traceId);
    this.#marks[start + (this.#turn++ % WAYS)] = mark(traceId);
  }

  has(traceId: string): boolean {
    if (this.#marks.length === 0) return false;
    const start = this.#bucket(traceId);
    const own = mark(traceId);
    for (let at = start; at < start + WAYS; at++) if (this.#marks[at] === own) return true;
    return false;
  }

  #bucket(traceId: string): number {
    // Mixed: other people's generators may count.
    return ((Math.imul(hexWord(traceId, 16), 0x9e3779b1) >>> 7) & this.#mask) * WAYS;
  }
}

/** Never 0, which stands for an empty place. */
function mark(traceId: string): number {
  return hexWord(traceId, 24) ^ Math.imul(hexWord(traceId, 0), 0x85ebca6b) || 1;
}
