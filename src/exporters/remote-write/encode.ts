import type { ExemplarPoint } from '../../metrics/resource-metrics.js';
import { ProtobufWriter } from '../otlp/protobuf-writer.js';
import type { NativeBuckets } from '../prometheus/native-buckets.js';
import { writeSpans } from '../prometheus/protobuf-value.js';
import { METRIC_TYPES, milliseconds, type WriteFamily, type WriteSeries } from './write-series.js';

/**
 * A `prometheus.WriteRequest`, as remote write 1.0 has it: every label of every series in full, and what the
 * metrics are beside them.
 *
 * Specification: https://prometheus.io/docs/specs/prw/remote_write_spec/
 */
export function encodeVersion1(series: readonly WriteSeries[]): Uint8Array {
  const writer = new ProtobufWriter(series.length * 160);
  const families = new Set<WriteFamily>();
  for (const one of series) {
    families.add(one.family);
    const mark = writer.begin(1, 2);
    writeLabels(writer, one.labels);
    if (typeof one.value === 'number') writeSample(writer, one.value, one.time);
    for (const exemplar of one.exemplars) {
      const exemplarMark = writer.begin(3);
      writeLabels(writer, exemplarLabels(exemplar));
      writer.double(2, exemplar.value);
      writer.int64(3, milliseconds(exemplar.time));
      writer.end(exemplarMark);
    }
    if (typeof one.value !== 'number') writeHistogram(writer, 4, one.value, one.time);
    writer.end(mark, 2);
  }
  for (const { name, type, help, unit } of families) {
    const mark = writer.begin(3);
    writer.uint32(1, METRIC_TYPES[type]);
    writer.string(2, name);
    writer.string(4, help);
    writer.string(5, unit);
    writer.end(mark);
  }
  return writer.finish();
}

/**
 * An `io.prometheus.write.v2.Request`, as remote write 2.0 has it: every text once, and numbers that refer to it.
 *
 * Specification: https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/
 */
export function encodeVersion2(series: readonly WriteSeries[]): Uint8Array {
  const symbols = new Map<string, number>([['', 0]]);
  const refer = (text: string) => {
    const known = symbols.get(text);
    if (known !== undefined) return known;
    symbols.set(text, symbols.size);
    return symbols.size - 1;
  };
  const body = new ProtobufWriter(series.length * 64);
  for (const { family, labels, value, time, started, exemplars } of series) {
    const mark = body.begin(2);
    body.list(1, labels.map(refer), 'varint');
    if (typeof value === 'number') writeSample(body, value, time);
    else writeHistogram(body, 3, value, time);
    for (const exemplar of exemplars) {
      const exemplarMark = body.begin(4);
      body.list(1, exemplarLabels(exemplar).map(refer), 'varint');
      body.double(2, exemplar.value);
      body.int64(3, milliseconds(exemplar.time));
      body.end(exemplarMark);
    }
    const metadata = body.begin(5);
    body.uint32(1, METRIC_TYPES[family.type]);
    body.uint32(3, refer(family.help));
    body.uint32(4, refer(family.unit));
    body.end(metadata);
    if (started > 0) body.int64(6, started);
    body.end(mark);
  }
  // The symbols are known when all is written, and may stand before it or after it.
  for (const text of symbols.keys()) body.string(1, text, true);
  return body.finish();
}

function writeLabels(writer: ProtobufWriter, labels: readonly string[]): void {
  for (let i = 0; i < labels.length; i += 2) {
    const mark = writer.begin(1);
    writer.string(1, labels[i]);
    writer.string(2, labels[i + 1]);
    writer.end(mark);
  }
}

function writeSample(writer: ProtobufWriter, value: number, time: number): void {
  const mark = writer.begin(2);
  writer.double(1, value);
  writer.int64(2, time);
  writer.end(mark);
}

/** `Histogram` is the same message in both versions. */
function writeHistogram(writer: ProtobufWriter, field: number, value: NativeBuckets, time: number): void {
  const mark = writer.begin(field, 2);
  writer.int64(1, value.count);
  writer.double(3, value.sum);
  writer.sint32(4, value.schema);
  writer.double(5, value.zeroThreshold);
  writer.int64(6, value.zeroCount);
  writeSpans(writer, 8, 9, value.negative);
  writeSpans(writer, 11, 12, value.positive);
  writer.int64(15, time);
  writer.end(mark, 2);
}

/** Sorted by name, as those of a series are. */
function exemplarLabels({ traceId, spanId, filteredAttributes }: ExemplarPoint): string[] {
  const labels: [string, string][] = Object.entries(filteredAttributes ?? {}).map(([name, value]) => [
    name,
    String(value),
  ]);
  if (traceId !== undefined) labels.push(['trace_id', traceId]);
  if (spanId !== undefined) labels.push(['span_id', spanId]);
  return labels.sort(([a], [b]) => (a < b ? -1 : 1)).flat();
}
