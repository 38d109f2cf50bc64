import { checkInteger, checkOptions } from '../common/options.js';

/**
 * Bounds on what one span may hold. What goes beyond is dropped and counted on the span
 * (`droppedAttributesCount` and its kin).
 *
 * Specification: https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-limits
 */
export interface SpanLimits {
  /** Longest string value, UTF-16 units; longer ones are cut. Default: no limit. */
  attributeValueLengthLimit?: number;
  /** Attributes a span. Default 128. */
  attributeCountLimit?: number;
  /** Events a span; the oldest make room. Default 128. */
  eventCountLimit?: number;
  /** Links a span; the oldest make room. Default 128. */
  linkCountLimit?: number;
  /** Attributes an event. Default 128. */
  attributePerEventCountLimit?: number;
  /** Attributes a link. Default 128. */
  attributePerLinkCountLimit?: number;
}

const NAMES = [
  'attributeValueLengthLimit',
  'attributeCountLimit',
  'eventCountLimit',
  'linkCountLimit',
  'attributePerEventCountLimit',
  'attributePerLinkCountLimit',
] as const;

/** Every limit, checked, with its default where it was left out. */
export function resolveSpanLimits(
  owner: string,
  given: SpanLimits | undefined,
  general: SpanLimits | undefined,
): Required<SpanLimits> {
  const options = checkOptions(`${owner}: spanLimits`, given, NAMES);
  const shared = checkOptions(`${owner}: generalLimits`, general, [NAMES[0], NAMES[1]]);
  const limits = {} as Required<SpanLimits>;
  for (const name of NAMES) {
    const fallback = name === 'attributeValueLengthLimit' ? Infinity : 128;
    const fromGeneral = checkInteger(owner, `generalLimits.${name}`, shared[name], fallback, { min: 0 });
    limits[name] = checkInteger(owner, `spanLimits.${name}`, options[name], fromGeneral, { min: 0 });
  }
  return limits;
}
