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
  const shared = checkOptions(`${owner}: generalLimits`, general, NAMES.slice(0, 2));
  const limits = {} as Required<SpanLimits>;
  for (const name of NAMES) {
    checkAtLeast(owner, `spanLimits.${name}`, options[name], 0);
    checkAtLeast(owner, `generalLimits.${name}`, shared[name], 0);
    // `eventCountLimit` as `EVENT_COUNT_LIMIT`.
    const variable = name.replace(/[A-Z]/g, '_$&').toUpperCase();
    // attributePerEventCountLimit: OTEL_SPAN_ATTRIBUTE_PER_EVENT_COUNT_LIMIT in OpenTelemetry JS, and in the
    // specification OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT.
    const specified = variable.replace(/^(ATTRIBUTE_)PER_(.*_)C/, '$2$1C');
    limits[name] = Math.min(
      Math.floor(
        options[name] ??
          shared[name] ??
          numberFromEnv(env, `OTEL_SPAN_${variable}`, Infinity, diagnostics) ??
          numberFromEnv(env, `OTEL_${specified}`, Infinity, diagnostics) ??
          (name === NAMES[0] ? LONGEST : 128),
      ),
      LONGEST,
    );
  }
  return limits;
}
