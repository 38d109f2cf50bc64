import protobuf from 'protobufjs';

/** The messages of both versions, for protobufjs to decode with: a reader that knows nothing of our writer. */
const HISTOGRAM = `
  message BucketSpan { sint32 offset = 1; uint32 length = 2; }
  message Histogram {
    oneof count { uint64 count_int = 1; double count_float = 2; }
    double sum = 3; sint32 schema = 4; double zero_threshold = 5;
    oneof zero_count { uint64 zero_count_int = 6; double zero_count_float = 7; }
    repeated BucketSpan negative_spans = 8; repeated sint64 negative_deltas = 9; repeated double negative_counts = 10;
    repeated BucketSpan positive_spans = 11; repeated sint64 positive_deltas = 12; repeated double positive_counts = 13;
    uint32 reset_hint = 14; int64 timestamp = 15;
  }
  message Sample { double value = 1; int64 timestamp = 2; }
`;

const version1 = protobuf
  .parse(`
  syntax = "proto3";
  ${HISTOGRAM}
  message WriteRequest { repeated TimeSeries timeseries = 1; repeated MetricMetadata metadata = 3; }
  message MetricMetadata { uint32 type = 1; string metric_family_name = 2; string help = 4; string unit = 5; }
  message TimeSeries {
    repeated Label labels = 1; repeated Sample samples = 2; repeated Exemplar exemplars = 3; repeated Histogram histograms = 4;
  }
  message Label { string name = 1; string value = 2; }
  message Exemplar { repeated Label labels = 1; double value = 2; int64 timestamp = 3; }
`)
  .root.lookupType('WriteRequest');

const version2 = protobuf
  .parse(`
  syntax = "proto3";
  ${HISTOGRAM}
  message Request { repeated string symbols = 1; repeated TimeSeries timeseries = 2; }
  message TimeSeries {
    repeated uint32 labels_refs = 1; repeated Sample samples = 2; repeated Histogram histograms = 3;
    repeated Exemplar exemplars = 4; Metadata metadata = 5; int64 created_timestamp = 6;
  }
  message Exemplar { repeated uint32 labels_refs = 1; double value = 2; int64 timestamp = 3; }
  message Metadata { uint32 type = 1; uint32 help_ref = 3; uint32 unit_ref = 4; }
`)
  .root.lookupType('Request');

// biome-ignore lint/suspicious/noExplicitAny: a tree as protobufjs gives it
type Decoded = any;

export interface ReadSeries {
  labels: [string, string][];
  samples: { value: number; timestamp: number }[];
  histograms: Decoded[];
  exemplars: { labels: [string, string][]; value: number; timestamp: number }[];
  type?: number;
  help?: string;
  unit?: string;
  created?: number;
}

const OPTIONS = { longs: Number, arrays: true, defaults: true };

export function readVersion1(bytes: Uint8Array): { series: ReadSeries[]; metadata: Decoded[] } {
  const { timeseries, metadata } = version1.toObject(version1.decode(bytes), OPTIONS) as Decoded;
  const pairs = (labels: Decoded) => labels.map(({ name, value }: Decoded) => [name, value]);
  return {
    metadata,
    series: timeseries.map(({ labels, samples, histograms, exemplars }: Decoded) => ({
      labels: pairs(labels),
      samples,
      histograms,
      exemplars: exemplars.map((exemplar: Decoded) => ({ ...exemplar, labels: pairs(exemplar.labels) })),
    })),
  };
}

export function readVersion2(bytes: Uint8Array): { series: ReadSeries[]; symbols: string[] } {
  const { symbols, timeseries } = version2.toObject(version2.decode(bytes), OPTIONS) as Decoded;
  const pairs = (references: number[]) => {
    const texts = references.map((reference) => symbols[reference]);
    return texts.flatMap((name, i) => (i % 2 === 0 ? [[name, texts[i + 1]]] : []));
  };
  return {
    symbols,
    series: timeseries.map((one: Decoded) => ({
      labels: pairs(one.labelsRefs),
      samples: one.samples,
      histograms: one.histograms,
      exemplars: one.exemplars.map(({ labelsRefs, value, timestamp }: Decoded) => ({
        labels: pairs(labelsRefs),
        value,
        timestamp,
      })),
      type: one.metadata.type,
      help: symbols[one.metadata.helpRef],
      unit: symbols[one.metadata.unitRef],
      created: one.createdTimestamp,
    })),
  };
}
