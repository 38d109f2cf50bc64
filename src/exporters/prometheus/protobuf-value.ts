import type { AnyMetric } from '../../metrics/any-metric.js';
import type { Exemplar } from '../../metrics/exemplar.js';
import type { HistogramSeries } from '../../metrics/histogram.js';
import type { NativeHistogramSeries } from '../../metrics/native-histogram.js';
import type { Series } from '../../metrics/series.js';
import type { SummarySeries } from '../../metrics/summary.js';
import type { ProtobufWriter } from '../otlp/protobuf-writer.js';
import { newestExemplar } from './exemplars.js';
import { nativeBuckets, type SpannedBuckets } from './native-buckets.js';

/** Writes the value of one series: the field that a `Metric` of this type has for it. */
type ValueWriter = (series: never, line: number) => void;

export function valueWriter(metric: AnyMetric, writer: ProtobufWriter): ValueWriter {
  switch (metric.kind) {
    case 'counter':
      return (series: Series & { readonly value: number }) => {
        const mark = writer.begin(3);
        writer.double(1, series.value);
        writeExemplar(writer, 2, series.exemplars?.read()[0]);
        writeTime(writer, 3, series.startedAt);
        writer.end(mark);
      };
    case 'histogram':
      return (series: HistogramSeries) => writeHistogram(writer, series);
    case 'native':
      return (series: NativeHistogramSeries) => writeNative(writer, series);
    case 'summary':
      return (series: SummarySeries) => writeSummary(writer, series, metric.percentiles);
    default:
      return (series: Series, line) => {
        const mark = writer.begin(2);
        writer.double(1, series.numbers()[line]!);
        writer.end(mark);
      };
  }
}

function writeSummary(writer: ProtobufWriter, series: SummarySeries, percentiles: readonly number[]): void {
  const mark = writer.begin(4, 2);
  const numbers = series.numbers();
  writer.int64(1, series.count);
  writer.double(2, series.sum);
  for (let i = 0; i < percentiles.length; i++) {
    const inner = writer.begin(3);
    writer.double(1, percentiles[i]!);
    writer.double(2, numbers[i]!);
    writer.end(inner);
  }
  writeTime(writer, 4, series.startedAt);
  writer.end(mark, 2);
}

function writeHistogram(writer: ProtobufWriter, series: HistogramSeries): void {
  const { bounds, counts } = series;
  const exemplars = series.exemplars?.read();
  const mark = writer.begin(7, 2);
  let count = 0;
  for (let i = 0; i < counts.length; i++) {
    count += counts[i]!;
    const inner = writer.begin(3);
    writer.int64(1, count);
    writer.double(2, i < bounds.length ? bounds[i]! : Infinity);
    writeExemplar(writer, 3, exemplars?.[i]);
    writer.end(inner);
  }
  writer.int64(1, count);
  writer.double(2, series.sum);
  writeTime(writer, 15, series.startedAt);
  writer.end(mark, 2);
}

function writeNative(writer: ProtobufWriter, series: NativeHistogramSeries): void {
  const exemplars = series.exemplars?.read() ?? [];
  const data = series.data();
  const native = nativeBuckets(data);
  const mark = writer.begin(7, 2);
  writer.int64(1, data.count);
  writer.double(2, data.sum);
  // Where it is not taken for a native one it still has a count; and the exemplar of the older servers.
  const inner = writer.begin(3);
  writer.int64(1, data.count);
  writer.double(2, Infinity);
  writeExemplar(writer, 3, newestExemplar(exemplars));
  writer.end(inner);
  writeTime(writer, 15, series.startedAt);
  if (native !== undefined) {
    writer.sint32(5, native.schema);
    writer.double(6, native.zeroThreshold);
    writer.int64(7, native.zeroCount);
    writeSpans(writer, 9, 10, native.negative);
    writeSpans(writer, 12, 13, native.positive);
    for (const exemplar of exemplars) writeExemplar(writer, 16, exemplar);
  }
  writer.end(mark, 2);
}

/** Spans and, in another field, the difference of each bucket to the one before. */
export function writeSpans(
  writer: ProtobufWriter,
  spans: number,
  deltas: number,
  buckets: SpannedBuckets,
): void {
  for (let i = 0; i < buckets.spans.length; i += 2) {
    const mark = writer.begin(spans);
    writer.sint32(1, buckets.spans[i]!);
    writer.uint32(2, buckets.spans[i + 1]!);
    writer.end(mark);
  }
  writer.list(deltas, buckets.deltas, 'zigzag');
}

function writeExemplar(writer: ProtobufWriter, field: number, exemplar: Exemplar | undefined): void {
  if (exemplar === undefined) return;
  const mark = writer.begin(field);
  writePair(writer, 'trace_id', exemplar.traceId);
  writePair(writer, 'span_id', exemplar.spanId);
  if (exemplar.labels !== undefined) {
    for (const [name, text] of Object.entries(exemplar.labels)) writePair(writer, name, text);
  }
  writer.double(2, exemplar.value);
  writeTime(writer, 3, exemplar.time);
  writer.end(mark);
}

/** A `LabelPair`; metrics and exemplars have theirs in the same field. */
export function writePair(writer: ProtobufWriter, name: string, value: string | undefined): void {
  if (value === undefined) return;
  const mark = writer.begin(1);
  writer.string(1, name);
  writer.string(2, value);
  writer.end(mark);
}

/** A `google.protobuf.Timestamp`. */
function writeTime(writer: ProtobufWriter, field: number, ms: number): void {
  const mark = writer.begin(field);
  const seconds = Math.floor(ms / 1000);
  writer.int64(1, seconds);
  writer.int64(2, Math.round((ms - seconds * 1000) * 1e6));
  writer.end(mark);
}
