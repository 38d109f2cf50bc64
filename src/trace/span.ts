import type {
  Attributes,
  AttributeValue,
  Exception,
  HrTime,
  Link,
  SpanContext,
  SpanKind,
  SpanStatus,
  TimeInput,
  TraceState,
} from '@opentelemetry/api';
import { attributeValue, cleanAttributes, define } from '../common/attributes.js';
import type { InstrumentationScope } from '../common/export.js';
import type { Resource } from '../common/resource.js';
import { exceptionAttributes } from './exception.js';
import { hexOfSpan, spanContextOf, type TraceIdentity } from './ids.js';
import { OwnSpan } from './own-span.js';
import { plainSpan } from './plain-span.js';
import type { ReadWriteSpan, TimedEvent } from './readable-span.js';
import { SpanDetails } from './span-details.js';
import type { SpanHome } from './span-home.js';
import { hrDuration, hrTimeOf, isTimeInput, type Moment, momentOf } from './span-time.js';
import { textOf } from './text.js';
import { sizeOf } from './value-size.js';

/** What `console.log` and `util.inspect` call. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

const hasOwn = Object.prototype.hasOwnProperty;
const NOTHING = {};

const UNSET = 0;
const OK = 1;
export const ERROR = 2;

/**
 * A span that is recorded. Writing to it stores what was given; ids as text, times as seconds and nanoseconds
 * and the attributes as an object are made only when an exporter reads them.
 *
 * Attributes are one flat array, `[key, value, key, value, …]`, of which the first `used` places count. It is
 * made with twelve places at once: growing an empty one by `push` costs 36 ns for two attributes, this 16 ns.
 * Comparing keys one by one costs less than hashing for the handful of attributes that spans have.
 */
export class RecordingSpan extends OwnSpan implements ReadWriteSpan {
  declare readonly home: SpanHome;
  declare identity: TraceIdentity;
  declare name: string;
  declare readonly kind: SpanKind;
  declare readonly start: Moment;
  declare stop: Moment;
  declare ended: boolean;
  /** The parent's id in words; both 0 where there is no parent, or `parent` has it. */
  declare readonly parentHigh: number;
  declare readonly parentLow: number;
  /** The parent, where it is not known by words or differs in flags or trace state from this span. */
  declare parent: SpanContext | undefined;
  declare flat: unknown[] | undefined;
  declare used: number;
  /** What the values in `flat` hold in memory beyond their places, roughly: characters, and bytes of arrays. */
  declare held: number;
  declare statusCode: number;
  declare statusMessage: string | undefined;
  /** What few spans have: events, links, counts of what was dropped. */
  declare details: SpanDetails | undefined;
  /** The attributes as an object, once it was asked for after the end. */
  declare attributesRead: Attributes | undefined;

  constructor(
    home: SpanHome,
    identity: TraceIdentity,
    flags: number,
    traceState: TraceState | undefined,
    parent: OwnSpan | undefined,
    name: string,
    kind: SpanKind,
    start: Moment,
  ) {
    super(identity, flags, traceState, undefined);
    this.home = home;
    this.name = name;
    this.kind = kind;
    this.start = start;
    this.stop = start;
    this.ended = false;
    // The words of the parent's id will do, unless they are not known or the context differs in something else.
    this.parentHigh = 0;
    this.parentLow = 0;
    this.parent = undefined;
    if (parent !== undefined) {
      if (parent.spanHigh !== 0 && parent.flags === flags && parent.traceState === traceState) {
        this.parentHigh = parent.spanHigh;
        this.parentLow = parent.spanLow;
      } else {
        this.parent = parent.spanContext();
      }
    }
    this.flat = undefined;
    this.used = 0;
    this.held = 0;
    this.statusCode = UNSET;
    this.statusMessage = undefined;
    this.details = undefined;
    this.attributesRead = undefined;
  }

  trace(): TraceIdentity {
    return this.identity;
  }

  isRecording(): boolean {
    return !this.ended;
  }

  setAttribute(key: string, value: AttributeValue | undefined): this {
    if (this.ended) return this.#late();
    this.#put(key, value, this.used);
    return this;
  }

  setAttributes(attributes: Attributes): this {
    if (this.ended) return this.#late();
    // The keys of one object differ: none of them needs comparing with those that came with it. Of a span with six
    // attributes it saves a tenth.
    const known = this.used;
    try {
      // A plain object has nothing but keys of its own. Of a span with six attributes that saves 6 % over asking
      // for each key; and where it must be asked, V8 sees through this form, not through `Object.hasOwn`.
      const plain = Object.getPrototypeOf(attributes) === Object.prototype && !inheritsKeys();
      for (const key in attributes) {
        if (plain || hasOwn.call(attributes, key)) this.#put(key, attributes[key], known);
      }
    } catch (error) {
      // A getter or a Proxy; what else can be read is kept.
      this.#unreadable('attribute', error);
      this.setAttributes(cleanAttributes(attributes));
    }
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    if (this.ended) return this.#late();
    const isTime = isTimeInput(attributesOrTime);
    const at = momentOf(isTime ? (time ?? attributesOrTime) : time, this.home.clock);
    const exact = hrTimeOf(at, this.identity.anchor!);
    this.#detailed().addEvent(name, exact, isTime ? undefined : attributesOrTime, this.home.limits);
    return this;
  }

  addLink(link: Link): this {
    return this.addLinks([link]);
  }

  addLinks(links: Link[]): this {
    if (this.ended) return this.#late();
    try {
      for (const link of links) this.#detailed().addLink(link, this.home.limits);
    } catch (error) {
      this.#unreadable('link', error);
    }
    return this;
  }

  /** Ok is final, unset changes nothing, and only an error keeps its message. */
  setStatus(status: SpanStatus): this {
    if (this.ended) return this.#late();
    try {
      const { code, message } = status;
      if (this.statusCode !== OK && (code === OK || code === ERROR)) {
        this.statusCode = code;
        this.statusMessage = code === ERROR && typeof message === 'string' ? message : undefined;
      }
    } catch (error) {
      this.#unreadable('status', error);
    }
    return this;
  }

  updateName(name: string): this {
    if (this.ended) return this.#late();
    this.name = textOf(name);
    return this;
  }

  /** Adds the event `exception`, with the causes of an error in its stack trace. */
  recordException(exception: Exception, time?: TimeInput): void {
    if (this.ended) {
      this.#late();
      return;
    }
    const attributes = exceptionAttributes(exception);
    if (attributes === undefined) this.#refuse('exception', exception);
    else this.addEvent('exception', attributes, time);
  }

  end(endTime?: TimeInput): void {
    if (this.ended) {
      this.#late();
      return;
    }
    const home = this.home;
    // A time that was given is kept as one: a number is always what the clock said at the end.
    this.stop =
      endTime === undefined
        ? home.clock.monotonic()
        : hrTimeOf(momentOf(endTime, home.clock), this.identity.anchor!);
    if (home.processors.hearsEnding) {
      home.processors.onEnding(this);
      if (this.ended) return; // a processor has ended it
    }
    this.ended = true;
    // As the specification wants it: once a span, not for each thing that was dropped.
    if (this.details !== undefined && this.details.dropped > 0) {
      this.#tell('span_limit', 'something beyond its limits is dropped');
    }
    home.processors.onEnd(this);
  }

  get resource(): Resource {
    return this.home.resource;
  }

  get instrumentationScope(): InstrumentationScope {
    return this.home.scope;
  }

  get parentSpanContext(): SpanContext | undefined {
    if (this.parent === undefined && this.parentHigh !== 0) {
      this.parent = spanContextOf(
        this.identity,
        hexOfSpan(this.parentHigh, this.parentLow),
        this.flags,
        this.traceState,
      );
    }
    return this.parent;
  }

  get startTime(): HrTime {
    return hrTimeOf(this.start, this.identity.anchor!);
  }

  /** `[0, 0]` until the span has ended, and never before the start. */
  get endTime(): HrTime {
    if (!this.ended && this.stop === this.start) return [0, 0];
    const start = this.startTime;
    const end = hrTimeOf(this.stop, this.identity.anchor!);
    return hrDuration(start, end)[0] < 0 ? start : end;
  }

  get duration(): HrTime {
    if (!this.ended && this.stop === this.start) return [-1, -1];
    return hrDuration(this.startTime, this.endTime);
  }

  get status(): SpanStatus {
    const { statusCode: code, statusMessage: message } = this;
    return message === undefined ? { code } : { code, message };
  }

  get attributes(): Attributes {
    if (this.attributesRead !== undefined) return this.attributesRead;
    const attributes: Attributes = {};
    for (let i = 0; i < this.used; i += 2) {
      define(attributes, this.flat![i] as string, this.flat![i + 1] as AttributeValue);
    }
    if (this.ended) this.attributesRead = attributes;
    return attributes;
  }

  get events(): TimedEvent[] {
    return this.details?.events ?? [];
  }

  get links(): Link[] {
    return this.details?.links ?? [];
  }

  get droppedAttributesCount(): number {
    return this.details?.droppedAttributes ?? 0;
  }

  get droppedEventsCount(): number {
    return this.details?.droppedEvents ?? 0;
  }

  get droppedLinksCount(): number {
    return this.details?.droppedLinks ?? 0;
  }

  toJSON(): Record<string, unknown> {
    return plainSpan(this);
  }

  [INSPECT](): Record<string, unknown> {
    return plainSpan(this);
  }

  /** Keeps an attribute, over that of the same key where the first `known` places have one. */
  #put(key: string, value: unknown, known: number): void {
    const kept = this.#accept(value);
    if (kept === undefined || typeof key !== 'string' || key === '') {
      this.#refuse(key, value);
      return;
    }
    const { flat } = this;
    for (let i = 0; i < known; i += 2) {
      if (flat![i] === key) {
        this.held -= sizeOf(flat![i + 1]);
        flat![i + 1] = kept;
        return;
      }
    }
    this.#append(key, kept);
  }

  /**
   * The value as it is kept, or `undefined` where it is not what an attribute may have. Sizes are added up here, where
   * the value is at hand: done at the end, it made a span with six attributes 5 % dearer.
   */
  #accept(value: unknown): unknown {
    if (typeof value === 'number' || typeof value === 'boolean') return value;
    const limit = this.home.limits.attributeValueLengthLimit;
    if (typeof value === 'string' && value.length <= limit) {
      this.held += value.length;
      return value;
    }
    const kept = attributeValue(value, limit);
    this.held += sizeOf(kept);
    return kept;
  }

  #append(key: string, value: unknown): void {
    const { flat, used } = this;
    if (used >= this.home.limits.attributeCountLimit * 2) {
      this.#detailed().droppedAttributes++;
      this.held -= sizeOf(value);
      return;
    }
    if (flat === undefined) {
      const none = undefined;
      this.flat = [key, value, none, none, none, none, none, none, none, none, none, none];
    } else {
      flat[used] = key;
      flat[used + 1] = value;
    }
    this.used = used + 2;
  }

  /** A value that is no attribute. Null and undefined are what optional data looks like: nothing is told. */
  #refuse(key: unknown, value: unknown): void {
    if (value === null || value === undefined) return;
    const subject = typeof key === 'string' ? key : typeof key;
    this.#tell('invalid_attribute', `attribute "${subject}" is dropped: of type ${typeof value}`, subject);
  }

  /** Something that threw when it was read. */
  #unreadable(what: string, error: unknown): void {
    this.#tell(`invalid_${what}`, `an unreadable ${what} is dropped`, this.name, error);
  }

  #detailed(): SpanDetails {
    this.details ??= new SpanDetails();
    return this.details;
  }

  #late(): this {
    this.#tell('span_ended', 'written to or ended after its end');
    return this;
  }

  #tell(code: string, what: string, subject = this.name, error?: unknown): void {
    this.home.diagnostics.report(code, subject, `span "${this.name}": ${what}`, error);
  }
}

/** Whether somebody gave the prototype of all objects a key that `for in` finds. */
function inheritsKeys(): boolean {
  for (const _ in NOTHING) return true;
  return false;
}
