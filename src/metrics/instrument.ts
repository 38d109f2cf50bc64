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

/** What a metric that was made by OpenTelemetry's API is over there; telltale's own have no such thing. */
export interface InstrumentFacet {
  readonly scope: InstrumentationScope;
  readonly type: InstrumentType;
  readonly descriptor: MetricDescriptor;
  /** The attributes of a series as they were given: their names and types are not those of Prometheus. */
  attributesOf(series: Series): Attributes | undefined;
}
