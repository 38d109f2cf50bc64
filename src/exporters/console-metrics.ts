import { EXPORT_FAILED, EXPORT_SUCCESS, type ExportResult } from '../common/export.js';
import { checkFunction, checkOptions } from '../common/options.js';
import { columns, plain } from '../common/terminal-text.js';
import type {
  DataPoint,
  ExponentialHistogramValue,
  HistogramValue,
  MetricData,
  PushMetricExporter,
  ResourceMetrics,
} from '../metrics/resource-metrics.js';

export interface ConsoleMetricExporterOptions {
  /** Takes the text of each export. Default: standard output. */
  write?: (text: string) => void;
}

/**
 * Prints metrics to the terminal as a table, a line for each series. For development: with `periodicExporter`, or
 * `metrics: { interval: 10_000, exporters: [new ConsoleMetricExporter()] }`.
 */
export class ConsoleMetricExporter implements PushMetricExporter {
  readonly #write: (text: string) => void;
  #closed = false;

  constructor(options?: ConsoleMetricExporterOptions) {
    const owner = 'ConsoleMetricExporter';
    const { write } = checkOptions(owner, options, ['write']);
    this.#write = checkFunction(owner, 'write', write) ?? ((text) => void process.stdout.write(text));
  }

  export(metrics: ResourceMetrics, resultCallback: (result: ExportResult) => void): void {
    if (this.#closed) {
      resultCallback({ code: EXPORT_FAILED, error: new Error('the console exporter was shut down') });
      return;
    }
    try {
      this.#write(`${renderMetrics(metrics)}\n`);
    } catch (error) {
      resultCallback({ code: EXPORT_FAILED, error: error as Error });
      return;
    }
    resultCallback({ code: EXPORT_SUCCESS });
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {
    this.#closed = true;
  }
}

/** Metrics as a table of name, labels and value; histograms show their count, mean and quantiles. */
export function renderMetrics({ scopeMetrics }: ResourceMetrics): string {
  const rows: [name: string, labels: string, value: string][] = [];
  for (const { metrics } of scopeMetrics) {
    for (const metric of metrics) {
      for (const point of metric.dataPoints as DataPoint<unknown>[]) {
        rows.push([plain(nameOf(metric)), plain(labelsOf(point)), textOf(metric, point.value)]);
      }
    }
  }
  if (rows.length === 0) return 'no metrics';
  const names = Math.max(...rows.map(([name]) => columns(name)));
  const labels = Math.min(60, Math.max(...rows.map(([, text]) => columns(text))));
  let last = '';
  return rows
    .map(([name, text, value]) => {
      const shown = name === last ? '' : name;
      last = name;
      return `${padded(shown, names)}  ${padded(text, labels)}  ${value}`;
    })
    .join('\n');
}

function nameOf({ descriptor: { name, unit } }: MetricData): string {
  return unit === '' || unit === '1' ? name : `${name} [${unit}]`;
}

function labelsOf({ attributes }: DataPoint<unknown>): string {
  return Object.entries(attributes)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ');
}

function textOf({ dataPointType }: MetricData, value: unknown): string {
  if (typeof value === 'number') return numberText(value);
  const { count, sum } = value as HistogramValue | ExponentialHistogramValue;
  const mean = sum === undefined || count === 0 ? '' : ` mean=${numberText(sum / count)}`;
  if (dataPointType !== 0 || count === 0) return `count=${count}${mean}`;
  const { buckets } = value as HistogramValue;
  const quantiles = [0.5, 0.99].map((q) => ` p${q * 100}≤${quantile(buckets, count, q)}`);
  return `count=${count}${mean}${quantiles.join('')}`;
}

/** The upper bound of the bucket that the quantile lies in. */
function quantile({ boundaries, counts }: HistogramValue['buckets'], count: number, q: number): string {
  let seen = 0;
  for (let i = 0; i < boundaries.length; i++) {
    seen += counts[i]!;
    if (seen >= q * count) return numberText(boundaries[i]!);
  }
  return 'inf';
}

function numberText(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - columns(text)));
}
