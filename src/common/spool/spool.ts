import type { Clock } from '../clock.js';
import type { Reporter } from '../diagnostics.js';
import type { HttpAnswer } from '../http-answer.js';

/** A request as it goes over the wire, but for what is secret: its address and the headers of its credentials. */
export interface SpooledRequest {
  readonly body: Uint8Array;
  /** `content-type` and `content-encoding`; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Spans, records, points in it: what the books count. */
  readonly items: number;
}

/** The way out of a spool, which a transport gives it. */
export interface SpoolOutlet {
  /** Whose requests these are, for messages and in the name of a folder: `otlpTraceExporter`. */
  readonly name: string;
  /** Where they go. Requests that a former process left are sent by whoever has the same name and address. */
  readonly address: string;
  /** Sends a request once; rejects with a `RetryableExportError` where another try may help. */
  send(request: SpooledRequest, signal?: AbortSignal): Promise<HttpAnswer>;
  /** Told what the back end answered to a request from the disk, whose sender is no longer waiting for it. */
  answered(answer: HttpAnswer): void;
  /** Used where the spool was given none of its own. */
  readonly clock: Clock;
  readonly diagnostics: Reporter | undefined;
}

/** A spool at work for one outlet. */
export interface OpenSpool {
  /**
   * Sends the request, or keeps it where it cannot be sent now or others wait already; then the answer has
   * `spooled: true`. Rejects where the back end refuses the request for good, and where it can neither be sent
   * nor kept.
   */
  deliver(request: SpooledRequest, signal?: AbortSignal): Promise<HttpAnswer>;
  /** Tries now to send what is kept. Settles when nothing is left, or the back end has failed again. */
  flush(): Promise<void>;
  /** Tries once more, for five seconds at most, and lets go of the files. */
  close(): Promise<void>;
}

/**
 * Where an exporter keeps requests that it cannot send: its option `spool`. Made by `diskSpool` from
 * `telltale/spool`; one may serve any number of exporters.
 *
 * For the author of an exporter: hand the option on to `HttpTransport` and everything is done, if the exporter
 *
 * - takes an answer with `spooled: true` (its body is empty) for a success: the spool's own books go on from there;
 * - gives `post` the number of items;
 * - hands in `onSpoolAnswer` where the back end says in its answers that it refused a part of the request;
 * - awaits `transport.flush()` in `forceFlush` and `transport.close()` in `shutdown`.
 */
export interface Spool {
  open(outlet: SpoolOutlet): OpenSpool;
}
