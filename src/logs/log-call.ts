import type { HrTime, SpanContext } from '@opentelemetry/api';
import type { InstrumentationScope } from '../common/export.js';
import type { Resource } from '../common/resource.js';
import type { LevelValue } from './level.js';

/** Fields of a line: any object whose own enumerable keys are the names. */
export type Fields = Readonly<Record<string, unknown>>;

/** What all records of a logger have in common. */
export interface LogSource {
  readonly resource: Resource | undefined;
  readonly instrumentationScope: InstrumentationScope;
}

/** One call of a logger as values, for sinks that take records and for formats. Only good during the call. */
export interface LogCall {
  readonly source: LogSource;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The name of the level. */
  readonly level: string;
  /** 10 (trace) to 60 (fatal); custom levels lie between. */
  readonly value: LevelValue;
  readonly message: string;
  readonly spanContext: SpanContext | undefined;
  readonly fields: object | undefined;
  /** The fields of the logger and of its parents, the nearest first: their names, and their values as JSON. */
  readonly bound: ReadonlyMap<string, string>;
  /** The name of a typed event, which stands under `event` among the fields as well. */
  readonly event?: string | undefined;
  /** The line of JSON as bytes, newline included, as the logger makes it. */
  readonly line?: Buffer | undefined;
  /** What a record of OpenTelemetry's logs API said of itself. */
  readonly given?: GivenRecord | undefined;
}

/** Parts of a record that are kept as they were given. */
export interface GivenRecord {
  readonly hrTime: HrTime;
  readonly hrTimeObserved: HrTime;
  readonly severityText: string | undefined;
  readonly severityNumber: number | undefined;
  /** The field that holds its body, where that is no text. */
  readonly bodyField?: string | undefined;
}

/** Writes a call as text, its newline included. It must not throw; what it throws costs the line. */
export type LogFormat = (call: LogCall) => string;
