import type { Attributes, SpanContext } from '@opentelemetry/api';
import { readSafely } from '../../common/attributes.js';
import { marksOf, PROBABILITY_ATTRIBUTE } from './marks.js';

/** What can be read of a span, of telltale's or of OpenTelemetry's SDK. */
interface SampledSpan {
  spanContext(): SpanContext;
  readonly attributes?: Attributes;
}

/**
 * How likely a span like this one was kept when its trace was sampled: more than 0, at most 1, or `undefined`
 * where nothing says so. It stands in the trace state (`ot=th:…` of OpenTelemetry's consistent sampling, or
 * `telltale=p:…`), or else in the attribute `sampling.probability`.
 */
export function samplingProbability(span: SampledSpan): number | undefined {
  const { threshold, probability } = marksOf(span.spanContext().traceState);
  if (threshold !== undefined) return threshold.probability;
  if (probability !== undefined) return probability;
  const attribute = readSafely(span.attributes ?? {}, PROBABILITY_ATTRIBUTE);
  return typeof attribute === 'number' && attribute > 0 && attribute <= 1 ? attribute : undefined;
}

/**
 * How many spans this one stands for: the inverse of its sampling probability, and 1 where that is not known.
 * The sum of it over the spans that were kept estimates how many there were.
 *
 * ```ts
 * const requests = spans.reduce((sum, span) => sum + adjustedCount(span), 0);
 * ```
 */
export function adjustedCount(span: SampledSpan): number {
  return 1 / (samplingProbability(span) ?? 1);
}
