import type { HrTime } from '@opentelemetry/api';
import type { ExemplarReservoir } from './exemplar.js';
import type { ExemplarPoint } from './resource-metrics.js';

/** Exemplars from a moment on. */
export function exemplarPoints(exemplars: ExemplarReservoir, from: number): ExemplarPoint[] {
  const points: ExemplarPoint[] = [];
  for (const exemplar of exemplars.read()) {
    if (exemplar === undefined || exemplar.time < from) continue;
    const { value, time, traceId, spanId, labels } = exemplar;
    points.push({ time: hrTime(time), value, traceId, spanId, filteredAttributes: labels });
  }
  return points;
}

/** Wall-clock milliseconds as OpenTelemetry has times. */
export function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}
