import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ReadableLogRecord } from 'telltale/logs';
import type { ReadableSpan } from 'telltale/trace';
import { type LogsRequest, readLogs, readSpans, type TraceRequest } from './otlp-json.js';

/** One request's way through the shop, as far as it has arrived. */
export interface Trace {
  spans: ReadableSpan[];
  logs: ReadableLogRecord[];
}

/** Traces kept at most; the oldest goes first. */
const TRACES_AT_MOST = 5_000;

/**
 * A very small OpenTelemetry Collector: takes OTLP/HTTP in JSON from both services and keeps it in memory. The
 * services are configured as they would be for a real one.
 */
export class Collector {
  readonly traces = new Map<string, Trace>();
  readonly levels = new Map<string, number>();
  traceCount = 0;
  readonly #server = createServer((request, response) => {
    this.#take(request).then(
      () => response.setHeader('content-type', 'application/json').end('{}'),
      () => response.writeHead(400).end(),
    );
  });

  /** Resolves to the URL that the services send to. */
  start(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', () => {
        resolve(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
      });
    });
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #take(request: IncomingMessage): Promise<void> {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    if (request.url === '/v1/traces') {
      for (const span of readSpans(JSON.parse(body) as TraceRequest)) {
        this.#trace(span.spanContext().traceId).spans.push(span);
      }
    } else if (request.url === '/v1/logs') {
      for (const record of readLogs(JSON.parse(body) as LogsRequest)) {
        const level = record.severityText?.toLowerCase() ?? 'unknown';
        this.levels.set(level, (this.levels.get(level) ?? 0) + 1);
        if (record.spanContext !== undefined) this.#trace(record.spanContext.traceId).logs.push(record);
      }
    }
  }

  #trace(traceId: string): Trace {
    let trace = this.traces.get(traceId);
    if (trace === undefined) {
      trace = { spans: [], logs: [] };
      this.traces.set(traceId, trace);
      this.traceCount++;
      if (this.traces.size > TRACES_AT_MOST) {
        const [oldest] = this.traces.keys();
        this.traces.delete(oldest!);
      }
    }
    return trace;
  }
}
