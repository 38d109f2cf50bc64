import type { AnyMetric } from '../../metrics/any-metric.js';
import { labelPairs } from '../../metrics/label-pairs.js';
import { labelText } from '../../metrics/labels.js';
import type { Series } from '../../metrics/series.js';
import { type DefaultLabels, defaultsFor } from '../../metrics/text-format.js';
import { ProtobufWriter } from '../otlp/protobuf-writer.js';
import { familyOf } from './open-metrics.js';

/** `MetricType` of the schema. */
const TYPES = { counter: 0, gauge: 1, summary: 2, histogram: 4 } as const;

/** Bytes kept free for the length of a family. */
const RESERVED = 3;

export interface ProtobufFamily {
  /** Writes some series of the metric. */
  add(some: readonly Series[]): void;
  /** The message with its length before it. */
  finish(): Buffer;
}

/**
 * One metric in the protobuf format of Prometheus: a `MetricFamily` after its length. It is the format in which
 * native histograms are scraped.
 *
 * Schema: io/prometheus/client/metrics.proto of github.com/prometheus/client_model
 */
export function protobufFamily(metric: AnyMetric, prefix: string, defaults: DefaultLabels): ProtobufFamily {
  const writer = new ProtobufWriter(4096);
  const shared = Object.entries(defaultsFor(metric as never, defaults));
  // The length alone stands before a message in this format. As a field it has a tag as well: one byte, cut off.
  const family = writer.begin(1, RESERVED);
  const name = prefix + metric.name;
  const { unit } = familyOf(name, metric.type);
  writer.string(1, name);
  writer.string(2, labelText(metric.help));
  writer.uint32(3, TYPES[metric.type]);
  writer.string(5, unit);
  const write = valueWriter(metric, writer);
  const reserved = metric.lines.length > 1 ? 2 : 1;
  return {
    add(some) {
      for (const series of some) {
        const mark = writer.begin(4, reserved);
        for (const [label, value] of shared) pair(writer, label, value);
        const pairs = labelPairs(series.text);
        for (let i = 0; i < pairs.length; i += 2) pair(writer, pairs[i]!, pairs[i + 1]!);
        write(series as never);
        writer.end(mark, reserved);
      }
    },
    finish() {
      writer.end(family, RESERVED);
      const bytes = writer.finish();
      return Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.length - 1);
    },
  };
}

function pair(writer: ProtobufWriter, name: string, value: string): void {
  const mark = writer.begin(1);
  writer.string(1, name);
  writer.string(2, value);
  writer.end(mark);
}

/** What writes the value of one series: the field that a `Metric` of this type has for it. */
function valueWriter(metric: AnyMetric, writer: ProtobufWriter): (series: never) => void {
  switch (metric.type) {
    case 'counter':
      return (series: CounterLike) => {
        const mark = writer.begin(3);
        writer.double(1, series.value);
        began(writer, 3, series.startedAt);
        writer.end(mark);
      };
    case 'gauge':
      return (series: { value: number }) => {
        const mark = writer.begin(2);
        writer.double(1, series.value);
        writer.end(mark);
      };
    case 'summary':
      return (series: Distributed) => {
        const mark = writer.begin(4, 2);
        const numbers = series.numbers();
        writer.int64(1, series.count);
        writer.double(2, series.sum);
        for (const [i, quantile] of metric.percentiles.entries()) {
          const inner = writer.begin(3);
          writer.double(1, quantile);
          writer.double(2, numbers[i]!);
          writer.end(inner);
        }
        began(writer, 4, series.startedAt);
        writer.end(mark, 2);
      };
    case 'histogram':
      return (series: Distributed & { counts: readonly number[] }) => {
        const mark = writer.begin(7, 2);
        let count = 0;
        for (let i = 0; i < series.counts.length; i++) {
          count += series.counts[i]!;
          const inner = writer.begin(3);
          writer.int64(1, count);
          writer.double(2, i < metric.buckets.length ? metric.buckets[i]! : Infinity);
          writer.end(inner);
        }
        writer.int64(1, count);
        writer.double(2, series.sum);
        began(writer, 15, series.startedAt);
        writer.end(mark, 2);
      };
  }
}

interface CounterLike {
  readonly value: number;
  readonly startedAt: number;
}

interface Distributed {
  readonly sum: number;
  readonly count: number;
  readonly startedAt: number;
  numbers(): readonly number[];
}

/** A `google.protobuf.Timestamp`: when a series began to count from zero. */
function began(writer: ProtobufWriter, field: number, ms: number): void {
  const mark = writer.begin(field);
  const seconds = Math.floor(ms / 1000);
  writer.int64(1, seconds);
  writer.int64(2, Math.round((ms - seconds * 1000) * 1e6));
  writer.end(mark);
}
