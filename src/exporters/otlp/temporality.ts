import { type AggregationTemporality, CUMULATIVE, DELTA } from '../../metrics/resource-metrics.js';

/**
 * What points are to count from. `cumulative`: each from the beginning of its series. `delta`: from the last
 * export, save what goes up and down. `lowmemory`: the same, save what is observed as a whole already.
 */
export type TemporalityPreference = 'cumulative' | 'delta' | 'lowmemory';

export const TEMPORALITY_PREFERENCES = ['cumulative', 'delta', 'lowmemory'] as const;

/** By `InstrumentType`, for which preferences an instrument is delta. */
const DELTAS: Readonly<Record<string, readonly TemporalityPreference[]>> = {
  COUNTER: ['delta', 'lowmemory'],
  HISTOGRAM: ['delta', 'lowmemory'],
  OBSERVABLE_COUNTER: ['delta'],
};

/**
 * Specification: https://opentelemetry.io/docs/specs/otel/metrics/sdk_exporters/otlp/, "Aggregation Temporality
 * Preference"
 */
export function temporalityOf(
  preference: TemporalityPreference,
): (instrumentType: string) => AggregationTemporality {
  return (type) => (DELTAS[type]?.includes(preference) ? DELTA : CUMULATIVE);
}
