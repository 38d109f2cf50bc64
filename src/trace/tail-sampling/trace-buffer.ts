import type { AttributeValue } from '@opentelemetry/api';
import type { TraceIdentity } from '../ids.js';
import type { ReadableSpan } from '../readable-span.js';
import { attributeOf, endOf, startOf } from '../span-facts.js';

const NONE: ReadableSpan[] = [];

/**
 * A trace that waits for its decision; afterwards, what was decided.
 *
 * Its fields are declared only: one that is defined and then assigned is written twice.
 */
export class TraceBuffer {
  /** Which processor it belongs to. */
  declare readonly owner: object;
  /** Who it is: what its spans share, where they are telltale's own; else its id. */
  declare readonly identity: TraceIdentity | string;
  /** When its first span came, by the monotonic clock. */
  declare readonly since: number;
  declare spans: ReadableSpan[];
  /** Estimated. */
  declare bytes: number;
  /** When it is decided because its local root has ended; `Infinity` until that has. */
  declare due: number;
  /** The local root that ended last. */
  declare root: ReadableSpan | undefined;
  /** The processor finds it by its id, too. */
  declare listed: boolean;
  /** Whether it is kept, once that is decided. */
  declare kept: boolean | undefined;
  /** The one that its spans went over to, because both turned out to be the same trace. */
  declare into: TraceBuffer | undefined;
  /** Its neighbours in the line it waits in. */
  declare older: TraceBuffer | undefined;
  declare newer: TraceBuffer | undefined;

  constructor(owner: object, identity: TraceIdentity | string, since: number) {
    this.owner = owner;
    this.identity = identity;
    this.since = since;
    this.spans = [];
    this.bytes = 0;
    this.due = Infinity;
    this.root = undefined;
    this.listed = false;
    this.kept = undefined;
    this.into = undefined;
    this.older = undefined;
    this.newer = undefined;
  }

  /** Its id, if anybody has asked for that; others cannot come with it. */
  get knownId(): string | undefined {
    return typeof this.identity === 'string' ? this.identity : this.identity.text;
  }

  /** Writes its id's sixteen bytes, without asking for it as text. */
  writeId(bytes: Uint8Array): void {
    const { identity } = this;
    if (typeof identity !== 'string' && identity.text === undefined) {
      const { word0, word1, word2, word3 } = identity;
      writeWord(bytes, 0, word0);
      writeWord(bytes, 4, word1);
      writeWord(bytes, 8, word2);
      writeWord(bytes, 12, word3);
      return;
    }
    const text = this.knownId!;
    for (let i = 0; i < 16; i++) {
      bytes[i] = (digit(text.charCodeAt(2 * i)) << 4) | digit(text.charCodeAt(2 * i + 1));
    }
  }

  /** Gives up its spans. */
  release(): ReadableSpan[] {
    const { spans } = this;
    this.spans = NONE;
    this.root = undefined;
    return spans;
  }

  /** Milliseconds from the start of its first span to the end of its last. */
  get duration(): number {
    const { spans } = this;
    let first = Infinity;
    let last = -Infinity;
    for (let i = 0; i < spans.length; i++) {
      const start = startOf(spans[i]!);
      const end = endOf(spans[i]!);
      if (start < first) first = start;
      if (end > last) last = end;
    }
    return last - first;
  }

  /** Whether an attribute of a span, or of a resource, passes the test. */
  some(key: string, test: (value: AttributeValue) => boolean): boolean {
    const { spans } = this;
    let resource: unknown;
    for (let i = 0; i < spans.length; i++) {
      const span = spans[i]!;
      const own = attributeOf(span, key);
      if (own !== undefined && test(own)) return true;
      if (span.resource === resource) continue;
      resource = span.resource;
      const shared = span.resource.attributes[key];
      if (shared !== undefined && test(shared as AttributeValue)) return true;
    }
    return false;
  }
}

function writeWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word >>> 24;
  bytes[at + 1] = word >>> 16;
  bytes[at + 2] = word >>> 8;
  bytes[at + 3] = word;
}

/** The value of a lower-case hex digit. */
function digit(code: number): number {
  return code < 58 ? code - 48 : code - 87;
}
