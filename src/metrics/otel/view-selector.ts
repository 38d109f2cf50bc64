import type { Attributes, Context } from '@opentelemetry/api';
import type { InstrumentIdentity, InstrumentType } from '../instrument.js';
import type { Aggregation } from './shared-metric.js';

/** Changes the attributes of a measurement; OpenTelemetry's SDK makes such by `createAllowListAttributesProcessor`. */
export interface AttributesProcessor {
  process(incoming: Attributes, context?: Context): Attributes;
}

/** What becomes of the measurements of an instrument. */
export interface InstrumentView {
  /** Nothing where the instrument is dropped. */
  readonly aggregation: Aggregation | undefined;
  readonly name?: string;
  readonly description?: string;
  readonly attributesProcessors?: readonly AttributesProcessor[];
  readonly aggregationCardinalityLimit?: number;
}

/** What an instrument of that type is aggregated into where nobody says otherwise; by default of its own type. */
export type StandardAggregation = (type?: InstrumentType, boundaries?: readonly number[]) => Aggregation;

/** The views that an instrument is selected by, in order; one that changes nothing where there are none. */
export type ViewSelector = (
  instrument: InstrumentIdentity,
  standard: StandardAggregation,
) => readonly InstrumentView[];
