import type { SpanContext } from '@opentelemetry/api';
import type { InstrumentationScope } from '../common/export.js';
import type { Resource } from '../common/resource.js';
import type { LevelIndex } from './level.js';

/** What all records of a logger have in common. */
export interface LogSource {
  readonly resource: Resource | undefined;
  readonly instrumentationScope: InstrumentationScope;
}

/** One call of a logger as values, for sinks that take records. Only good during the call. */
export interface LogCall {
  readonly source: LogSource;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly index: LevelIndex;
  readonly message: string;
  readonly spanContext: SpanContext | undefined;
  readonly fields: object | undefined;
  /** The fields of the logger and of its parents, the nearest first: their names, and their values as JSON. */
  readonly bound: ReadonlyMap<string, string>;
}
