import type { MetricKind } from '../../metrics/metric.js';

/** What OpenMetrics says of a metric as a whole. */
export interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary' | 'info' | 'stateset' | 'unknown';
  readonly unit?: string;
}

const TYPES = {
  counter: 'counter',
  updown: 'gauge',
  gauge: 'gauge',
  histogram: 'histogram',
  native: 'histogram',
  summary: 'summary',
  info: 'info',
  stateset: 'stateset',
} as const;

/** The end of a metric's name that is not of its family's. */
const ENDS: Partial<Record<MetricKind, string>> = { counter: '_total', info: '_info' };

/** Base units of https://prometheus.io/docs/practices/naming/#base-units */
const UNITS = /_(seconds|bytes|ratio|celsius|meters|volts|amperes|joules|grams|watts|hertz)$/;

/** The family that a metric of that name is of, and the unit that its name ends in. */
export function familyOf(name: string, kind: MetricKind): Family {
  const end = ENDS[kind] ?? '';
  if (!name.endsWith(end)) return { name, type: 'unknown' };
  const family = name.slice(0, name.length - end.length);
  const unit = kind === 'info' || kind === 'stateset' ? undefined : UNITS.exec(family)?.[1];
  const type = TYPES[kind];
  return unit === undefined ? { name: family, type } : { name: family, type, unit };
}
