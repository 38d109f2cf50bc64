import type { Resource } from './resource.js';

/** The library that made a record: the name and version given to `getTracer`, `getLogger`, `getMeter`. */
export interface InstrumentationScope {
  readonly name: string;
  readonly version?: string;
  readonly schemaUrl?: string;
}

/** What an OpenTelemetry exporter answers: 0 is success, 1 is failure, as in its `ExportResultCode`. */
export interface ExportResult {
  code: 0 | 1;
  error?: Error;
  /** Items of a success that the back end refused; not part of OpenTelemetry, whose processors pass over it. */
  rejected?: number;
}

/** How long a flush or a shutdown may take; OpenTelemetry's `ForceFlushOptions`. */
export interface FlushOptions {
  /** Milliseconds. */
  timeoutMillis?: number | undefined;
}

export const EXPORT_SUCCESS = 0;
export const EXPORT_FAILED = 1;

/** Says of a request that its content is at fault: bad request, too large, unprocessable. */
export const POISONED: readonly unknown[] = [400, 413, 422];

/** A success of which so many items were refused. */
export function successOf(rejected: number): ExportResult {
  return rejected > 0 ? { code: EXPORT_SUCCESS, rejected } : { code: EXPORT_SUCCESS };
}

/**
 * The failure of an export that is worth another try. An exporter that does not retry by itself hands one
 * back; the `BatchQueue` in front of it then keeps the batch and tries again. Any other error is final.
 */
export class RetryableExportError extends Error {
  override readonly name = 'RetryableExportError';
  readonly retryable = true;
  /** Milliseconds that the back end asked to be left alone (`Retry-After`), where it did. */
  readonly retryAfter: number | undefined;
  /**
   * Items of the batch that are delivered all the same, by this attempt and those before it, where the exporter
   * knows; should no attempt be left, the queue does not count them as dropped.
   */
  readonly delivered: number;

  constructor(message: string, retryAfter?: number, options?: ErrorOptions & { delivered?: number }) {
    super(message, options);
    this.retryAfter = retryAfter;
    this.delivered = options?.delivered ?? 0;
  }
}

/** Fields that every exported record shares. */
export interface Exportable {
  readonly resource: Resource;
  readonly instrumentationScope: InstrumentationScope;
}
