import { QueryError } from '../errors.js';
import type { FloatHistogram } from '../histogram/histogram.js';
import { Labels } from '../labels.js';
import { parseNumber } from '../numbers.js';
import type { QueryResult, ResultPoint, ResultValue } from '../result.js';
import type { SeriesExemplars } from '../store/exemplars.js';
import { decodeHistogram } from './decode-histogram.js';
import type { WireAnswer, WireExemplars, WireHistogramValue, WireResult, WireValue } from './wire.js';

/** The result in an answer of Prometheus's HTTP API. Throws a `QueryError` where it is no such answer. */
export function decodeResult(answer: WireAnswer): QueryResult {
  try {
    const value = decodeValue(answer.data as WireResult);
    return { ...value, warnings: answer.warnings ?? [], infos: answer.infos ?? [] };
  } catch (error) {
    throw new QueryError('internal', 'the answer is not in the form of the Prometheus HTTP API', {
      cause: error,
    });
  }
}

/** The exemplars of a series in an answer of Prometheus's HTTP API. */
export function decodeExemplars({ seriesLabels, exemplars }: WireExemplars): SeriesExemplars {
  return {
    series: Labels.from(seriesLabels),
    exemplars: exemplars.map(({ labels, value, timestamp }) => ({
      labels: Labels.from(labels),
      value: decodeFloat(value),
      time: toMs(timestamp),
    })),
  };
}

function decodeValue(wire: WireResult): ResultValue {
  switch (wire.resultType) {
    case 'scalar':
      return { type: 'scalar', time: toMs(wire.result[0]), value: decodeFloat(wire.result[1]) };
    case 'string':
      return { type: 'string', time: toMs(wire.result[0]), value: wire.result[1] };
    case 'vector':
      return {
        type: 'vector',
        samples: wire.result.map(({ metric, value, histogram }) => ({
          labels: Labels.from(metric),
          ...(value === undefined ? histogramPoint(histogram!) : floatPoint(value)),
        })),
      };
    case 'matrix':
      return {
        type: 'matrix',
        series: wire.result.map(({ metric, values = [], histograms = [] }) => ({
          labels: Labels.from(metric),
          points: [...values.map(floatPoint), ...histograms.map(histogramPoint)].sort(
            (a, b) => a.time - b.time,
          ),
        })),
      };
    default:
      throw new Error(
        `unknown type of result ${JSON.stringify((wire as { resultType: unknown }).resultType)}`,
      );
  }
}

function floatPoint([seconds, value]: WireValue): ResultPoint {
  return { time: toMs(seconds), value: decodeFloat(value) };
}

function histogramPoint([seconds, value]: WireHistogramValue): { time: number; value: FloatHistogram } {
  return { time: toMs(seconds), value: decodeHistogram(value) };
}

export function decodeFloat(text: string): number {
  const value = parseNumber(text);
  if (value === undefined) throw new Error(`not a number: ${JSON.stringify(text)}`);
  return value;
}

function toMs(seconds: number): number {
  return Math.round(seconds * 1000);
}
