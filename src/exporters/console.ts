import { EXPORT_FAILED, EXPORT_SUCCESS, type ExportResult } from '../common/export.js';
import { checkBoolean, checkFunction, checkInteger, checkOptions } from '../common/options.js';
import type { ReadableSpan, SpanExporter } from '../trace/readable-span.js';
import { renderTrace } from './render-trace.js';

export interface ConsoleSpanExporterOptions {
  /** Default: what standard output is, `NO_COLOR` and `FORCE_COLOR` permitting (https://no-color.org). */
  colors?: boolean;
  /** Columns. Default: those of the terminal, else 100. */
  width?: number;
  /** Traces that wait for their root span at most; the oldest is printed as it is. Default 100. */
  maxTraces?: number;
  /** Takes the text of each trace. Default: standard output. */
  write?: (text: string) => void;
  /** Default `process.env`. */
  env?: Record<string, string | undefined>;
}

/**
 * Prints traces to the terminal as trees, each when its local root, the span that this process began it with,
 * has ended. For development; see `renderTrace`.
 */
export class ConsoleSpanExporter implements SpanExporter {
  readonly #colors: boolean;
  readonly #width: number | undefined;
  readonly #maxTraces: number;
  readonly #write: (text: string) => void;
  /** By trace id, the trace that waits longest first. */
  readonly #waiting = new Map<string, ReadableSpan[]>();
  #closed = false;

  constructor(options?: ConsoleSpanExporterOptions) {
    const owner = 'ConsoleSpanExporter';
    const { colors, width, maxTraces, write, env } = checkOptions(owner, options, [
      'colors',
      'width',
      'maxTraces',
      'write',
      'env',
    ]);
    this.#colors = checkBoolean(owner, 'colors', colors, wantsColors(env ?? process.env));
    this.#width = width === undefined ? undefined : checkInteger(owner, 'width', width, 100, { min: 60 });
    this.#maxTraces = checkInteger(owner, 'maxTraces', maxTraces, 100, { min: 1 });
    this.#write = checkFunction(owner, 'write', write) ?? ((text) => void process.stdout.write(text));
  }

  export(spans: ReadableSpan[], resultCallback: (result: ExportResult) => void): void {
    if (this.#closed) {
      resultCallback({ code: EXPORT_FAILED, error: new Error('the console exporter was shut down') });
      return;
    }
    try {
      for (const span of spans) this.#take(span);
    } catch (error) {
      resultCallback({ code: EXPORT_FAILED, error: error as Error });
      return;
    }
    resultCallback({ code: EXPORT_SUCCESS });
  }

  /** Prints what waits for its root. */
  async forceFlush(): Promise<void> {
    for (const traceId of [...this.#waiting.keys()]) this.#print(traceId);
  }

  async shutdown(): Promise<void> {
    await this.forceFlush();
    this.#closed = true;
  }

  #take(span: ReadableSpan): void {
    const { traceId } = span.spanContext();
    const spans = this.#waiting.get(traceId) ?? [];
    this.#waiting.set(traceId, spans);
    spans.push(span);
    if (span.parentSpanContext === undefined || span.parentSpanContext.isRemote) this.#print(traceId);
    else if (this.#waiting.size > this.#maxTraces) this.#print(this.#waiting.keys().next().value!);
  }

  #print(traceId: string): void {
    const spans = this.#waiting.get(traceId) ?? [];
    this.#waiting.delete(traceId);
    const width = this.#width ?? process.stdout.columns;
    const text = renderTrace(spans, { colors: this.#colors, ...(width === undefined ? {} : { width }) });
    this.#write(`${text}\n`);
  }
}

function wantsColors(env: Record<string, string | undefined>): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0';
  return process.stdout.isTTY === true;
}

export {
  ConsoleMetricExporter,
  type ConsoleMetricExporterOptions,
  renderMetrics,
} from './console-metrics.js';
export { type RenderTraceOptions, renderTrace } from './render-trace.js';
