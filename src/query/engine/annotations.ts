import { lineAndColumn, type Position } from '../errors.js';
import { formatGeneral } from '../numbers.js';
import { quote } from '../quote.js';

type Level = 'warning' | 'info';

/**
 * What a query's answer should be read with: warnings and infos, each once, in Prometheus's words.
 *
 * Spec: https://prometheus.io/docs/prometheus/3.5/querying/basics/ and `util/annotations` of Prometheus.
 */
export class Annotations {
  readonly #entries = new Map<string, { level: Level; position: Position }>();

  /** The texts without positions, sorted. */
  texts(level: Level): string[] {
    return [...this.#entries]
      .filter(([, entry]) => entry.level === level)
      .map(([text]) => text)
      .sort();
  }

  /** The texts as the HTTP API gives them, with line and column in the query. */
  located(level: Level, query: string): string[] {
    const texts: string[] = [];
    for (const [text, entry] of this.#entries) {
      if (entry.level !== level) continue;
      const { line, column } = lineAndColumn(query, entry.position.start);
      texts.push(`${text} (${line}:${column})`);
    }
    return texts.sort();
  }

  invalidQuantile(value: number, position: Position): void {
    this.#warn(`quantile value should be between 0 and 1, got ${formatGeneral(value)}`, position);
  }

  invalidRatio(value: number, cappedTo: number, position: Position): void {
    const got = `got ${formatGeneral(value)}, capping to ${formatGeneral(cappedTo)}`;
    this.#warn(`ratio value should be between -1 and 1, ${got}`, position);
  }

  badBucketLabel(metric: string, label: string, position: Position): void {
    const what = `bucket label "le" is missing or has a malformed value of ${quote(label)}`;
    this.#warn(`${what} for metric name ${quote(metric)}`, position);
  }

  mixedFloatsHistograms(metric: string, position: Position): void {
    this.#warn(`encountered a mix of histograms and floats for metric name ${quote(metric)}`, position);
  }

  mixedFloatsHistogramsAggregation(position: Position): void {
    this.#warn('encountered a mix of histograms and floats for aggregation', position);
  }

  mixedClassicNative(metric: string, position: Position): void {
    const what = 'vector contains a mix of classic and native histograms for metric name';
    this.#warn(`${what} ${quote(metric)}`, position);
  }

  notCounter(metric: string, position: Position): void {
    this.#warn(`this native histogram metric is not a counter: ${quote(metric)}`, position);
  }

  notGauge(metric: string, position: Position): void {
    this.#warn(`this native histogram metric is not a gauge: ${quote(metric)}`, position);
  }

  mixedExponentialCustom(metric: string, position: Position): void {
    const what =
      'vector contains a mix of histograms with exponential and custom buckets schemas for metric name';
    this.#warn(`${what} ${quote(metric)}`, position);
  }

  incompatibleCustomBuckets(metric: string, position: Position): void {
    const what = 'vector contains histograms with incompatible custom buckets for metric name';
    this.#warn(`${what} ${quote(metric)}`, position);
  }

  incompatibleBucketLayout(operator: string, position: Position): void {
    this.#warn(`incompatible bucket layout encountered for binary operator ${operator}`, position);
  }

  possibleNonCounter(metric: string, position: Position): void {
    const what = 'metric might not be a counter, name does not end in _total/_sum/_count/_bucket:';
    this.#inform(`${what} ${quote(metric)}`, position);
  }

  forcedMonotonicity(metric: string, position: Position): void {
    const see = 'https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile';
    const what = `input to histogram_quantile needed to be fixed for monotonicity (see ${see})`;
    this.#inform(`${what} for metric name ${quote(metric)}`, position);
  }

  incompatibleTypes(left: string, operator: string, right: string, position: Position): void {
    const what = 'incompatible sample types encountered for binary operator';
    this.#inform(`${what} ${quote(operator)}: ${left} ${operator} ${right}`, position);
  }

  histogramIgnored(aggregation: string, position: Position): void {
    this.#inform(`ignored histogram in ${aggregation} aggregation`, position);
  }

  histogramIgnoredInMixedRange(metric: string, position: Position): void {
    const what = 'ignored histograms in a range containing both floats and histograms for metric name';
    this.#inform(`${what} ${quote(metric)}`, position);
  }

  quantileOfNaN(metric: string, position: Position): void {
    const what = 'input to histogram_quantile has NaN observations, result is NaN for metric name';
    this.#inform(`${what} ${quote(metric)}`, position);
  }

  quantileSkewedByNaN(metric: string, position: Position): void {
    const what = 'input to histogram_quantile has NaN observations, result is skewed higher for metric name';
    this.#inform(`${what} ${quote(metric)}`, position);
  }

  fractionWithNaN(metric: string, position: Position): void {
    const what = 'input to histogram_fraction has NaN observations, which are excluded from all fractions';
    this.#inform(`${what} for metric name ${quote(metric)}`, position);
  }

  #warn(text: string, position: Position): void {
    this.#add('warning', `PromQL warning: ${text}`, position);
  }

  #inform(text: string, position: Position): void {
    this.#add('info', `PromQL info: ${text}`, position);
  }

  #add(level: Level, text: string, position: Position): void {
    if (!this.#entries.has(text)) this.#entries.set(text, { level, position });
  }
}
