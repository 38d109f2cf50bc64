import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { type CollectionResult, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import * as prom from 'prom-client';
import { createResource } from '../../src/common/resource.js';
import { encodeMetrics } from '../../src/exporters/otlp/encode-metrics.js';
import { ProtobufWriter } from '../../src/exporters/otlp/protobuf-writer.js';
import type { Format } from '../../src/exporters/prometheus/accept.js';
import { scrape } from '../../src/exporters/prometheus/scrape.js';
import { Counter } from '../../src/metrics/counter.js';
import { Gauge } from '../../src/metrics/gauge.js';
import { Histogram } from '../../src/metrics/histogram.js';
import { MeterProvider as OurMeterProvider } from '../../src/metrics/otel/index.js';
import { Registry } from '../../src/metrics/registry.js';
import { registryReader } from '../../src/metrics/resource-view.js';
import type { BenchLine } from '../line.js';

/** Ways out for metrics, against prom-client and OpenTelemetry's SDK. */
const POINTS = 10_000;
const METHODS = ['GET', 'POST', 'DELETE'];
const OURS = 'telltale';
const OTEL = 'OpenTelemetry sdk-metrics 2';

interface Sink {
  count(attributes: Record<string, string>, value: number): void;
  set(attributes: Record<string, string>, value: number): void;
  observe(attributes: Record<string, string>, value: number): void;
}

/** 10,000 points: counters, gauges and histograms of three labels each. */
function fill(sink: Sink, changed = 0): void {
  for (let i = 0; i < POINTS / 2 - 250; i++) {
    const attributes = { method: METHODS[i % 3]!, status: String(200 + (i % 50)), route: `/items/${i}` };
    sink.count(attributes, 17 + changed);
    sink.set(attributes, i * 1.37 + changed);
  }
  for (let i = 0; i < 500; i++) {
    sink.observe({ method: 'GET', status: '200', route: `/pages/${i}` }, ((i * 37) % 1000) / 100);
  }
}

const labelNames = ['method', 'status', 'route'];

function ourRegistry(): { registry: Registry; sink: Sink } {
  const registry = new Registry({ maxSeries: 20_000 });
  const registers = [registry];
  const counter = new Counter<string>({ name: 'requests_total', help: 'Requests.', labelNames, registers });
  const gauge = new Gauge<string>({ name: 'level', help: 'Level.', labelNames, registers });
  const histogram = new Histogram<string>({
    name: 'latency_seconds',
    help: 'Latency.',
    labelNames,
    registers,
  });
  const sink: Sink = {
    count: (labels, value) => counter.inc(labels, value),
    set: (labels, value) => gauge.set(labels, value),
    observe: (labels, value) => histogram.observe(labels, value),
  };
  fill(sink);
  return { registry, sink };
}

class ManualReader extends MetricReader {
  constructor() {
    super({ cardinalitySelector: () => 20_000 });
  }
  override async onForceFlush(): Promise<void> {}
  override async onShutdown(): Promise<void> {}
}

function otelMeter() {
  const reader = new ManualReader();
  const provider = new MeterProvider({
    readers: [reader],
    resource: resourceFromAttributes({ 'service.name': 'shop' }),
  });
  const meter = provider.getMeter('bench');
  const counter = meter.createCounter('requests', { description: 'Requests.' });
  const gauge = meter.createGauge('level', { description: 'Level.' });
  const histogram = meter.createHistogram('latency', {
    description: 'Latency.',
    unit: 's',
    advice: { explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] },
  });
  const sink: Sink = {
    count: (attributes, value) => counter.add(value, attributes),
    set: (attributes, value) => gauge.record(value, attributes),
    observe: (attributes, value) => histogram.record(value, attributes),
  };
  fill(sink);
  return { reader, provider, sink };
}

const resource = createResource({ service: { name: 'shop' }, env: {} });

const encodeOtlp: BenchLine = {
  name: 'encode 10,000 metric points to OTLP protobuf',
  aim: 3,
  async setup() {
    // The points of OpenTelemetry's own SDK for both: what is measured is the encoder.
    const { reader, provider } = otelMeter();
    const { resourceMetrics }: CollectionResult = await reader.collect();
    let bytes = 0;
    let lastSize = 4096;
    return {
      ours: {
        name: OURS,
        run(n) {
          for (let i = 0; i < n; i++) {
            const writer = new ProtobufWriter(Math.ceil(lastSize * 1.25));
            encodeMetrics(writer, resourceMetrics);
            lastSize = writer.finish().length;
            bytes += lastSize;
          }
        },
      },
      peer: {
        name: 'OpenTelemetry otlp-transformer',
        run(n) {
          for (let i = 0; i < n; i++) {
            bytes += ProtobufMetricsSerializer.serializeRequest(resourceMetrics)!.length;
          }
        },
      },
      async teardown() {
        await provider.shutdown();
        if (bytes === 0) throw new Error('nothing was encoded');
      },
    };
  },
};

const exportOtlp: BenchLine = {
  name: 'collect and encode 10,000 points to OTLP protobuf',
  async setup() {
    const ours = ourRegistry();
    const theirs = otelMeter();
    const source = registryReader({ registry: ours.registry, resource });
    let bytes = 0;
    let lastSize = 4096;
    return {
      ours: {
        name: OURS,
        async run(n) {
          for (let i = 0; i < n; i++) {
            const writer = new ProtobufWriter(Math.ceil(lastSize * 1.25));
            encodeMetrics(writer, await source.read());
            lastSize = writer.finish().length;
            bytes += lastSize;
          }
        },
      },
      peer: {
        name: OTEL,
        async run(n) {
          for (let i = 0; i < n; i++) {
            const { resourceMetrics } = await theirs.reader.collect();
            bytes += ProtobufMetricsSerializer.serializeRequest(resourceMetrics)!.length;
          }
        },
      },
      async teardown() {
        await theirs.provider.shutdown();
        if (bytes === 0) throw new Error('nothing was encoded');
      },
    };
  },
};

/** prom-client has neither of the two newer formats; its text is what a scrape of the same registry costs there. */
function scrapeLine(name: string, format: Format, aim: number): BenchLine {
  return {
    name,
    aim,
    async setup() {
      const { registry } = ourRegistry();
      const peer = new prom.Registry();
      const registers = [peer];
      const counter = new prom.Counter({ name: 'requests_total', help: 'Requests.', labelNames, registers });
      const gauge = new prom.Gauge({ name: 'level', help: 'Level.', labelNames, registers });
      const histogram = new prom.Histogram({
        name: 'latency_seconds',
        help: 'Latency.',
        labelNames,
        registers,
      });
      fill({
        count: (labels, value) => counter.inc(labels, value),
        set: (labels, value) => gauge.set(labels, value),
        observe: (labels, value) => histogram.observe(labels, value),
      });
      let bytes = 0;
      return {
        ours: {
          name: OURS,
          async run(n) {
            for (let i = 0; i < n; i++) {
              for await (const chunk of scrape(registry, format)) bytes += chunk.length;
            }
          },
        },
        peer: {
          name: 'prom-client 15, text',
          async run(n) {
            for (let i = 0; i < n; i++) bytes += Buffer.byteLength(await peer.metrics());
          },
        },
        teardown() {
          if (bytes === 0) throw new Error('nothing was scraped');
        },
      };
    },
  };
}

const bridge: BenchLine = {
  name: 'OpenTelemetry API: counter.add, 3 attributes',
  aim: 5,
  async setup() {
    const provider = new OurMeterProvider({ registry: new Registry({ maxSeries: 20_000 }), resource });
    const ours = provider.getMeter('bench').createCounter('requests');
    const theirs = otelMeter();
    const peer = theirs.provider.getMeter('other').createCounter('requests');
    const routes = Array.from({ length: 16 }, (_, i) => `/route/${i}`);
    const run = (counter: typeof peer) => (n: number) => {
      for (let i = 0; i < n; i++) {
        counter.add(1, { method: METHODS[i % 3]!, status: 200 + (i & 3), route: routes[i & 15]! });
      }
    };
    return {
      ours: { name: OURS, run: run(ours) },
      peer: { name: OTEL, run: run(peer) },
      async teardown() {
        await provider.shutdown();
        await theirs.provider.shutdown();
      },
    };
  },
};

export const metricExporterLines: BenchLine[] = [
  scrapeLine('streamed scrape of 16,500 lines, text', 'text', 8),
  scrapeLine('streamed scrape of 16,500 lines, OpenMetrics', 'openmetrics', 8),
  scrapeLine('streamed scrape of 10,000 points, protobuf', 'protobuf', 3),
  encodeOtlp,
  exportOtlp,
  bridge,
];
