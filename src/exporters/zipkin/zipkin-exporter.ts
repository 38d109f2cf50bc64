import { Diagnostics } from '../../common/diagnostics.js';
import { type ExportResult, successOf } from '../../common/export.js';
import { HTTP_URL, HttpTransport, type HttpTransportOptions, httpUrl } from '../../common/http-transport.js';
import { checkOptions, checkString } from '../../common/options.js';
import type { Spool } from '../../common/spool/spool.js';
import type { ReadableSpan, SpanExporter } from '../../trace/readable-span.js';
import { ExportsUnderWay } from '../exports-under-way.js';
import { HTTP_OPTIONS, type HttpExporterOptions } from '../http-options.js';
import { toZipkinSpan } from './zipkin-span.js';

export interface ZipkinExporterOptions extends HttpExporterOptions {
  /** Default `OTEL_EXPORTER_ZIPKIN_ENDPOINT`, then `http://localhost:9411/api/v2/spans`. */
  url?: string;
  /** The name of this service. Default: the resource's `service.name`. */
  serviceName?: string;
  /** Keeps what cannot be sent now, on disk for example: `diskSpool` from `telltale/spool`. Default: none. */
  spool?: Spool;
  /** Default `process.env`. */
  env?: Record<string, string | undefined>;
  diagnostics?: Diagnostics;
}

/** An exporter that may be called off, and that waits for what is under way. */
export interface ZipkinExporter extends SpanExporter {
  /** Sends a batch; answers exactly once and never throws. `signal` ends it early. */
  export(spans: ReadableSpan[], resultCallback: (result: ExportResult) => void, signal?: AbortSignal): void;
  /** Waits for the exports that are under way, and tries to send what the spool keeps. */
  forceFlush(): Promise<void>;
}

const OWNER = 'zipkinExporter';
const DEFAULT_URL = 'http://localhost:9411/api/v2/spans';

/**
 * Sends spans to Zipkin, or whatever speaks its API (version 2, JSON).
 *
 * ```ts
 * new BatchSpanProcessor({ exporter: zipkinExporter({ url: 'http://zipkin:9411/api/v2/spans' }) });
 * ```
 *
 * Back ends that take OTLP, as Jaeger and Tempo do, lose less by it: Zipkin has no links, and all attributes are text.
 * It does not retry by itself: telltale's `BatchQueue` does.
 *
 * @throws TelltaleError for wrong options
 */
export function zipkinExporter(options?: ZipkinExporterOptions): ZipkinExporter {
  const given = checkOptions(OWNER, options, [
    ...HTTP_OPTIONS,
    'url',
    'serviceName',
    'spool',
    'env',
    'diagnostics',
  ]);
  const {
    env = process.env,
    diagnostics = new Diagnostics(),
    headers,
    compression,
    tls,
    agent,
    spool,
  } = given;
  const serviceName = given.serviceName && checkString(OWNER, 'serviceName', given.serviceName, '');
  const transport = new HttpTransport({
    owner: OWNER,
    url: given.url ?? variable('OTEL_EXPORTER_ZIPKIN_ENDPOINT', HTTP_URL, readUrl) ?? DEFAULT_URL,
    timeout:
      given.timeout ?? variable('OTEL_EXPORTER_ZIPKIN_TIMEOUT', 'milliseconds, at least 1', readTimeout),
    clock: given.clock,
    headers,
    compression,
    tls,
    agent,
    spool,
    diagnostics,
  } as HttpTransportOptions);
  const underWay = new ExportsUnderWay();
  let closed = false;

  /** Wrong variables are told and passed over. Their values are not: they may hold a password. */
  function variable<T>(name: string, accepted: string, read: (text: string) => T): T | undefined {
    const text = env[name]?.trim();
    if (!text) return undefined;
    try {
      return read(text);
    } catch {
      diagnostics.report('invalid_environment', name, `${name} is passed over; accepted: ${accepted}`);
      return undefined;
    }
  }

  async function send(spans: ReadableSpan[], signal: AbortSignal | undefined): Promise<ExportResult> {
    if (closed) throw new Error(`${OWNER} was shut down`);
    const texts: string[] = [];
    for (const span of spans) {
      try {
        texts.push(JSON.stringify(toZipkinSpan(span, serviceName)));
      } catch {} // counted below
    }
    const unreadable = spans.length - texts.length;
    if (unreadable > 0) {
      const message = `${unreadable} spans could not be read and were left out`;
      diagnostics.report('zipkin_unreadable', 'spans', message);
    }
    if (texts.length > 0) {
      await transport.post(Buffer.from(`[${texts.join(',')}]`), 'application/json', signal, texts.length);
    }
    return successOf(unreadable);
  }

  return {
    export(spans, resultCallback, signal) {
      underWay.answer(send(spans, signal), resultCallback);
    },
    async forceFlush() {
      await underWay.settled();
      await transport.flush();
    },
    async shutdown() {
      closed = true;
      await underWay.settled();
      await transport.close();
    },
  };
}

function readUrl(text: string): string {
  return httpUrl(OWNER, 'url', text).href;
}

function readTimeout(text: string): number {
  const value = Number(text);
  if (value >= 1 && value < Infinity) return value;
  throw new RangeError('not a number of milliseconds');
}
