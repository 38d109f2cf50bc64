import type { AnyMetric } from '../../metrics/any-metric.js';
import { labelPairs } from '../../metrics/label-pairs.js';
import { labelText } from '../../metrics/labels.js';
import type { Series } from '../../metrics/series.js';
import { type DefaultLabels, defaultsFor } from '../../metrics/text-format.js';
import { ProtobufWriter } from '../otlp/protobuf-writer.js';
import { familyOf } from './family.js';
import { valueWriter, writePair } from './protobuf-value.js';

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
  const { unit } = familyOf(name, metric.kind);
  writer.string(1, name);
  writer.string(2, labelText(metric.help));
  writer.uint32(3, TYPES[metric.type]);
  writer.string(5, unit);
  const write = valueWriter(metric, writer);
  // Each state of a state set is a metric of its own, told apart by a label.
  const states = metric.kind === 'stateset' ? metric.lines.map(({ cut }) => cut![1]) : [undefined];
  const reserved = metric.kind === 'native' || metric.lines.length > 2 ? 2 : 1;

  return {
    add(some) {
      for (const series of some) {
        const pairs = labelPairs(series.text);
        for (let line = 0; line < states.length; line++) {
          const mark = writer.begin(4, reserved);
          if (states[line] !== undefined) writePair(writer, name, states[line]!);
          for (const [label, value] of shared) writePair(writer, label, value);
          for (let i = 0; i < pairs.length; i += 2) writePair(writer, pairs[i]!, pairs[i + 1]!);
          write(series as never, line);
          writer.end(mark, reserved);
        }
      }
    },
    finish() {
      writer.end(family, RESERVED);
      const bytes = writer.finish();
      return Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.length - 1);
    },
  };
}
