import type { HrTime, SpanContext } from '@opentelemetry/api';
import type { InstrumentationScope } from '../common/export.js';
import { type Resource, resourceOf } from '../common/resource.js';
import { anyValueOf, define, keysOf } from './any-value.js';
import type { LevelValue } from './level.js';
import { cutText, MAX_WIDTH } from './limits.js';
import type { GivenRecord, LogCall } from './log-call.js';
import { readProperty } from './read-safely.js';
import type { AnyValue, LogAttributes, ReadableLogRecord } from './readable-log-record.js';

const NO_RESOURCE = /* @__PURE__ */ resourceOf({});

/**
 * One call of a logger as OpenTelemetry's exporters read it. The fields are copied when the record is made,
 * for the caller may change them afterwards; times and names are worked out when they are asked for.
 */
export class LogRecord implements ReadableLogRecord {
  readonly resource: Resource;
  readonly instrumentationScope: InstrumentationScope;
  readonly body: AnyValue;
  readonly attributes: LogAttributes = {};
  readonly droppedAttributesCount: number;
  readonly spanContext?: SpanContext;
  readonly eventName?: string;
  readonly #now: number;
  readonly #value: LevelValue;
  readonly #given: GivenRecord | undefined;
  readonly severityText: string;

  constructor(call: LogCall) {
    this.resource = call.source.resource ?? NO_RESOURCE;
    this.instrumentationScope = call.source.instrumentationScope;
    this.body = cutText(call.message);
    this.#now = call.now;
    this.#value = call.value;
    this.#given = call.given;
    this.severityText = call.given?.severityText ?? call.level;
    const { spanContext } = call;
    if (spanContext !== undefined) this.spanContext = spanContext;
    if (call.event !== undefined) this.eventName = call.event;
    const dropped = call.fields === undefined ? 0 : this.#take(call.fields);
    for (const [key, text] of call.bound) {
      // The name of the logger stands among them for the line; here it is the scope's.
      if (key === 'name' && text === JSON.stringify(this.instrumentationScope.name)) continue;
      if (!Object.hasOwn(this.attributes, key)) take(this.attributes, key, JSON.parse(text) as AnyValue);
    }
    this.droppedAttributesCount = dropped;
    const bodyField = call.given?.bodyField;
    if (bodyField !== undefined && Object.hasOwn(this.attributes, bodyField)) {
      this.body = this.attributes[bodyField];
      delete this.attributes[bodyField];
    }
  }

  get hrTime(): HrTime {
    if (this.#given !== undefined) return this.#given.hrTime;
    const seconds = Math.floor(this.#now / 1000);
    return [seconds, Math.round((this.#now - seconds * 1000) * 1e6)];
  }

  get hrTimeObserved(): HrTime {
    return this.#given?.hrTimeObserved ?? this.hrTime;
  }

  /** TRACE 1, DEBUG 5, INFO 9, WARN 13, ERROR 17, FATAL 21; a custom level of 35 is INFO3, 11. */
  get severityNumber(): number {
    const given = this.#given?.severityNumber;
    return given || Math.max(1, Math.min(24, Math.floor((this.#value - 10) * 0.4) + 1));
  }

  /** Takes fields over as attributes, except those there are already. Returns how many there was no room for. */
  #take(fields: object): number {
    const { attributes } = this;
    const keys = keysOf(fields);
    for (const key of keys.slice(0, MAX_WIDTH)) {
      if (Object.hasOwn(attributes, key)) continue;
      const value = readProperty(fields, key);
      if (value === undefined || (key === 'event' && value === this.eventName)) continue;
      take(attributes, key, anyValueOf(value));
    }
    return Math.max(0, keys.length - MAX_WIDTH);
  }
}

/** An error under `err` goes under the names of the semantic conventions, its causes stay under `err`. */
function take(attributes: LogAttributes, key: string, value: AnyValue): void {
  const { type, message, stack, ...rest } = (key === 'err' && value ? value : {}) as LogAttributes;
  if (typeof type !== 'string' || typeof message !== 'string' || typeof stack !== 'string') {
    define(attributes, key, value);
    return;
  }
  attributes['exception.type'] = type;
  attributes['exception.message'] = message;
  attributes['exception.stacktrace'] = stack;
  if (Object.keys(rest).length > 0) attributes.err = rest;
}
