import type { AttributeValue } from '@opentelemetry/api';
import type { TraceIdentity } from '../ids.js';
import type { ReadableSpan } from '../readable-span.js';
import { attributeOf, endOf, startOf } from '../span-facts.js';

const NONE: ReadableSpan[] = [];

/** A trace that waits for its decision; afterwards, what was decided. */
export class TraceBuffer {
  /** Which processor it belongs to. */
  readonly owner: object;
  /** Who it is: what its spans share, where they are telltale's own; else its id. */
  readonly identity: TraceIdentity | string;
  /** When its first span came, by the monotonic clock. */
  readonly since: number;
  spans: ReadableSpan[] = [];
  /** Estimated. */
  bytes = 0;
  /** When it is decided because its local root has ended; `Infinity` until that has. */
  due = Infinity;
  /** The local root that ended last. */
  root: ReadableSpan | undefined = undefined;
  /** The processor finds it by its id, too. */
  listed = false;
  /** Whether it is kept, once that is decided. */
  kept: boolean | undefined = undefined;
  /** The one that its spans went over to, because both turned out to be the same trace. */
  into: TraceBuffer | undefined = undefined;
  /** Its neighbours in the line it waits in. */
  older: TraceBuffer | undefined = undefined;
  newer: TraceBuffer | undefined = undefined;

  constructor(owner: object, identity: TraceIdentity | string, since: number) {
    this.owner = owner;
    this.identity = identity;
    this.since = since;
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
    let first = Infinity;
    let last = -Infinity;
    for (const span of this.spans) {
      first = Math.min(first, startOf(span));
      last = Math.max(last, endOf(span));
    }
    return last - first;
  }

  /** Whether an attribute of a span, or of a resource, passes the test. */
  some(key: string, test: (value: AttributeValue) => boolean): boolean {
    let resource: unknown;
    for (const span of this.spans) {
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
