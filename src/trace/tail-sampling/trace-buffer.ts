import type { AttributeValue } from '@opentelemetry/api';
import type { Resource } from '../../common/resource.js';
import type { TraceIdentity } from '../ids.js';
import type { ReadableSpan } from '../readable-span.js';
import { attributeOf } from '../span-facts.js';
import { hexWord } from './hex-word.js';

/** What `Notes` could not find out, because a span of somebody else's threw. */
export interface Unread {
  marks: number;
  readonly error: unknown;
}

const NONE: (ReadableSpan | undefined)[] = [];

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
  /** Its spans, as many as `count` says: an array made with places costs less than one that grows from none. */
  declare places: (ReadableSpan | undefined)[];
  declare count: number;
  /** Estimated. */
  declare bytes: number;
  /** What `Notes` has found in its spans. */
  declare marks: number;
  /** What it could not find out. */
  declare unread: Unread | undefined;
  /**
   * When the first of its spans began, in milliseconds: by the clock that its identity is anchored to, else since the
   * Unix epoch. `Infinity` where nobody wants to know …
   */
  declare first: number;
  /** … and when the last one ended. */
  declare last: number;
  /** Where its spans come from, and the few that come from elsewhere. */
  declare resource: Resource | undefined;
  declare otherResources: Resource[] | undefined;
  /** When it is decided, by the monotonic clock: for its age or, once its local root has ended, a moment after that. */
  declare due: number;
  /** Whether its local root has ended and it waits for that moment. */
  declare lingers: boolean;
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

  constructor(owner: object, identity: TraceIdentity | string, due: number) {
    this.owner = owner;
    this.identity = identity;
    const none = undefined;
    this.places = [none, none, none, none, none, none, none, none];
    this.count = 0;
    this.bytes = 0;
    this.marks = 0;
    this.unread = undefined;
    this.first = Infinity;
    this.last = -Infinity;
    this.resource = undefined;
    this.otherResources = undefined;
    this.due = due;
    this.lingers = false;
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

  /** Whether its id, in four words, passes a test; it is not asked for as text. */
  idPasses(test: (word0: number, word1: number, word2: number, word3: number) => boolean): boolean {
    const { identity } = this;
    if (typeof identity !== 'string' && identity.text === undefined) {
      return test(identity.word0, identity.word1, identity.word2, identity.word3);
    }
    const text = this.knownId!;
    return test(hexWord(text, 0), hexWord(text, 8), hexWord(text, 16), hexWord(text, 24));
  }

  /** Its spans, for policies that need to look at each of them. */
  get spans(): ReadableSpan[] {
    return this.places.slice(0, this.count) as ReadableSpan[];
  }

  push(span: ReadableSpan): void {
    this.places[this.count++] = span;
  }

  /** A span of it lasted from one moment to another, by the clock of its identity's anchor. */
  ticked(start: number, stop: number): void {
    if (start < this.first) this.first = start;
    if (stop > this.last) this.last = stop;
  }

  /** A span of it lasted from one moment to another, in milliseconds since the Unix epoch. */
  lasted(start: number, end: number): void {
    const { epoch } = this;
    this.ticked(start - epoch, end - epoch);
  }

  /** What to add to its times for milliseconds since the Unix epoch. */
  get epoch(): number {
    const anchor = typeof this.identity === 'string' ? undefined : this.identity.anchor;
    return anchor === undefined ? 0 : anchor.wall - anchor.monotonic;
  }

  /** A span of it came from there. */
  comesFrom(resource: Resource): void {
    if (this.resource === resource) return;
    if (this.resource === undefined) this.resource = resource;
    else {
      this.otherResources ??= [];
      if (this.otherResources.at(-1) !== resource) this.otherResources.push(resource);
    }
  }

  /** Takes over what another has, which turned out to be the same trace. */
  absorb(other: TraceBuffer): void {
    for (let i = 0; i < other.count; i++) this.push(other.places[i]!);
    this.bytes += other.bytes;
    this.lasted(other.first + other.epoch, other.last + other.epoch);
    if (other.resource !== undefined) this.comesFrom(other.resource);
    for (const resource of other.otherResources ?? []) this.comesFrom(resource);
    other.release();
    other.into = this;
  }

  /**
   * Gives up its spans. The places are emptied one by one: as in `BatchQueue`, an old array that nobody needs any
   * more keeps what it holds.
   */
  release(): void {
    const { places, count } = this;
    for (let i = 0; i < count; i++) places[i] = undefined;
    this.places = NONE;
    this.count = 0;
    this.root = undefined;
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
