import type { Diagnostics } from '../common/diagnostics.js';
import { type Env, numberFromEnv } from '../common/env.js';
import { checkAtLeast, checkOptions } from '../common/options.js';

/**
 * Bounds on what one span may hold. What goes beyond is dropped and counted on the span
 * (`droppedAttributesCount` and its kin). What is left out is taken from the environment: `OTEL_SPAN_EVENT_COUNT_LIMIT`
 * and its kin, `OTEL_ATTRIBUTE_COUNT_LIMIT`, `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`.
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

/** No string or array is longer. A small integer, which compares faster with a length than `Infinity` does. */
const LONGEST = 2 ** 30 - 1;

/**
 * Every limit, checked, with its default where it was left out. The variables of the environment come after what
 * the code says, and those for spans (`OTEL_SPAN_…`) before those for all signals (`OTEL_ATTRIBUTE_…`).
 */
export function resolveSpanLimits(
  owner: string,
  given: SpanLimits | undefined,
  general: SpanLimits | undefined,
  env: Env,
  diagnostics: Diagnostics,
): Required<SpanLimits> {
  const options = checkOptions(`${owner}: spanLimits`, given, NAMES);
  const shared = checkOptions(`${owner}: generalLimits`, general, [NAMES[0], NAMES[1]]);
  const limits = {} as Required<SpanLimits>;
  const fromEnv = (variable: string) => numberFromEnv(env, variable, Infinity, diagnostics);
  for (const name of NAMES) {
    // attributePerEventCountLimit: OTEL_SPAN_ATTRIBUTE_PER_EVENT_COUNT_LIMIT in OpenTelemetry JS, and in the
    // specification OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT.
    const specified = name.replace(/^attributePer(.*)C/, '$1AttributeC');
    checkAtLeast(owner, `spanLimits.${name}`, options[name], 0);
    checkAtLeast(owner, `generalLimits.${name}`, shared[name], 0);
    const limit =
      options[name] ??
      shared[name] ??
      fromEnv(`OTEL_SPAN${constantCase(name)}`) ??
      fromEnv(`OTEL${constantCase(specified)}`) ??
      (name === NAMES[0] ? Infinity : 128);
    limits[name] = Math.min(Math.floor(limit), LONGEST);
  }
  return limits;
}

/** `eventCountLimit` as `_EVENT_COUNT_LIMIT`. */
function constantCase(name: string): string {
  return name.replace(/^[a-z]|[A-Z]/g, '_$&').toUpperCase();
}
