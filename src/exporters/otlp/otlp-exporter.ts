import { EXPORT_SUCCESS, type ExportResult } from '../../common/export.js';
import type { HttpAnswer } from '../../common/http-answer.js';
import { ExportsUnderWay } from '../exports-under-way.js';
import { type OtlpExporterOptions, type OtlpSignal, otlpSettings } from './otlp-options.js';
import { ProtobufWriter } from './protobuf-writer.js';
import { readProtobuf } from './read-protobuf.js';

/**
 * A writer whose bytes were sent serves again unless they were more than this, so that one large batch does not cost
 * memory for ever. With buffers of its own for each batch a span takes 1.4 µs from its start to its bytes, with the
 * same ones 1.14 µs: the system hands out fresh memory page by page.
 */
const MAX_SPARE = 1024 * 1024;

/** Sends a batch, once. */
export type OtlpSend<B> = (batch: B, signal: AbortSignal | undefined) => Promise<ExportResult>;

/** Makes a `send` that splits what is refused, and tells of each record that is set aside. */
export type OtlpSplit<B> = (send: OtlpSend<B>, setAside: (error: unknown) => void) => OtlpSend<B>;

/** An exporter in OpenTelemetry's manner, for batches of whatever kind. */
export interface OtlpExporter<B> {
  /**
   * Sends a batch; answers exactly once and never throws. `signal` ends it early: telltale's queue hands one
   * over, OpenTelemetry's processors do not.
   */
  export(batch: B, resultCallback: (result: ExportResult) => void, signal?: AbortSignal): void;
  /** Waits for the exports that are under way, and tries to send what the spool keeps. */
  forceFlush(): Promise<void>;
  /** Waits for them, too, then closes the connections; further exports fail. */
  shutdown(): Promise<void>;
}

/**
 * Encodes and posts, once: trying again is the queue's business, and `RetryableExportError` tells it when that
 * makes sense.
 *
 * @param encode writes a batch, and gives the number of records in it that could not be read
 * @param split looks for the record at fault where a batch is refused for its content
 */
export function otlpExporter<B>(
  owner: string,
  signal: OtlpSignal,
  encode: (writer: ProtobufWriter, batch: B) => number,
  options: OtlpExporterOptions | undefined,
  split?: OtlpSplit<B>,
): OtlpExporter<B> {
  const { transport, json, diagnostics } = otlpSettings(owner, signal, options, refusedBy);
  const underWay = new ExportsUnderWay();
  const deliver = split?.(send, (error) => tell('refused', 1, 'were refused', error)) ?? send;
  const spare: ProtobufWriter[] = [];
  let lastSize = 4096;
  let closed = false;

  async function send(batch: B, abort: AbortSignal | undefined): Promise<ExportResult> {
    if (closed) throw new Error(`${owner} was shut down`);
    // A quarter more than last time: growing copies everything written so far.
    const writer = spare.pop() ?? new ProtobufWriter(Math.ceil(lastSize * 1.25));
    writer.at = 0;
    const unreadable = encode(writer, batch);
    const bytes = writer.finish();
    lastSize = bytes.length;
    if (unreadable > 0) tell('unreadable', unreadable, 'could not be read and were left out');
    const body = json ? Buffer.from(JSON.stringify(readProtobuf(bytes, signal))) : bytes;
    const type = json ? 'application/json' : 'application/x-protobuf';
    const items = Array.isArray(batch) ? batch.length - unreadable : 1;
    const answer = await transport.post(body, type, abort, items);
    if (answer.written && bytes.length < MAX_SPARE) spare.push(writer);
    const lost = refusedBy(answer) + unreadable;
    return lost > 0 ? { code: EXPORT_SUCCESS, rejected: lost } : { code: EXPORT_SUCCESS };
  }

  /** How many items the back end refused of a request that it took. */
  function refusedBy(answer: HttpAnswer): number {
    const { rejected, message } = partialSuccess(answer.body, json);
    if (rejected > 0) tell('partial_success', rejected, `were refused by ${transport.address}${message}`);
    else if (message !== '') {
      diagnostics.report('otlp_warning', transport.address, `${transport.address} warns${message}`);
    }
    return rejected;
  }

  function tell(reason: string, count: number, what: string, error?: unknown): void {
    const help = 'Items that were left out or refused though the export succeeded.';
    diagnostics.counter('telltale_otlp_items_rejected_total', help, { signal, reason }).value += count;
    diagnostics.report(`otlp_${reason}`, signal, `${count} items (${signal}) ${what}`, error);
  }

  async function forceFlush(): Promise<void> {
    await underWay.settled();
    await transport.flush();
  }

  return {
    export(batch, resultCallback, abort) {
      underWay.answer(deliver(batch, abort), resultCallback);
    },
    forceFlush,
    async shutdown() {
      closed = true;
      await underWay.settled();
      await transport.close();
    },
  };
}

/**
 * What a back end says of a request that it took in part, or took with a warning. An answer that cannot be read
 * says nothing: the status was a success.
 */
function partialSuccess(body: Uint8Array, json: boolean): { rejected: number; message: string } {
  let rejected = 0;
  let message = '';
  try {
    const answer = json ? JSON.parse(Buffer.from(body).toString()) : readProtobuf(body, 'Answer');
    for (const [name, value] of Object.entries(answer.partialSuccess)) {
      if (name === 'errorMessage' && value) message = `: ${value}`;
      else if (Number(value) > 0) rejected = Math.trunc(Number(value)); // rejectedSpans and its kin
    }
  } catch {}
  return { rejected, message };
}
