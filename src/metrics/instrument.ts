import type { Attributes } from '@opentelemetry/api';
import type { InstrumentationScope } from '../common/export.js';
import type { MetricDescriptor } from './resource-metrics.js';
import type { Series } from './series.js';

/** What OpenTelemetry calls the kinds of instruments; the values of its enum `InstrumentType`. */
export type InstrumentType =
  | 'COUNTER'
  | 'UP_DOWN_COUNTER'
  | 'GAUGE'
  | 'HISTOGRAM'
  | 'OBSERVABLE_COUNTER'
  | 'OBSERVABLE_UP_DOWN_COUNTER'
  | 'OBSERVABLE_GAUGE';

/** What a series, or a whole metric, is to OpenTelemetry. */
export interface InstrumentIdentity {
  readonly scope: InstrumentationScope;
  readonly type: InstrumentType;
  readonly descriptor: MetricDescriptor;
}

/** A series that an instrument of OpenTelemetry's API made. */
export interface InstrumentSeries {
  readonly instrument: InstrumentIdentity;
  /** As they were given: their names and types are not those of Prometheus. */
  readonly attributes: Attributes;
}

/** Of a metric that was made by OpenTelemetry's API; telltale's own have no such thing. */
export interface InstrumentFacet {
  /** Series of the metric by the instruments that made them; mostly there is one. */
  groups(all: readonly Series[]): Iterable<readonly [InstrumentIdentity, readonly Series[]]>;
  /** Nothing for the series that takes what is beyond the limit. */
  of(series: Series): InstrumentSeries | undefined;
}
