import { type ExportResult, POISONED, successOf } from '../../common/export.js';
import type { HttpAnswer } from '../../common/http-answer.js';
import { ExportsUnderWay } from '../exports-under-way.js';
import type { OtlpSettings } from './otlp-options.js';
import { partialSuccess } from './partial-success.js';
import { ProtobufWriter } from './protobuf-writer.js';

/**
 * A writer whose bytes were sent serves again unless they were more than this, so that one large batch does not cost
 * memory for ever. With buffers of its own for each batch a span takes 1.4 µs from its start to its bytes, with the
 * same ones 1.14 µs: the system hands out fresh memory page by page.
 */
const MAX_SPARE = 1024 * 1024;

/** Sends a batch, once. */
export type OtlpSend<B> = (batch: B, signal: AbortSignal | undefined) => Promise<ExportResult>;

/** Makes a `send` that looks for the records at fault, and tells of each that is set aside. */
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
 * @param loadSplit called as soon as a batch was refused for its content; from then on batches are split
 */
export function otlpExporter<B>(
  settings: OtlpSettings,
  encode: (writer: ProtobufWriter, batch: B) => number,
  loadSplit?: () => Promise<OtlpSplit<B>>,
): OtlpExporter<B> {
  const { owner, signal, json, diagnostics } = settings;
  const transport = settings.transport(refusedBy);
  // Loaded by those alone who want it, and at once: it must be there when the process ends. What is wrong with it the
  // first export tells.
  const form = json ? import('./json-form.js') : undefined;
  form?.catch(() => {});
  const underWay = new ExportsUnderWay();
  const spare: ProtobufWriter[] = [];
  let lastSize = 4096;
  let closed = false;
  let deliver = send;

  async function send(batch: B, abort: AbortSignal | undefined): Promise<ExportResult> {
    if (closed) throw new Error(`${owner} was shut down`);
    // A quarter more than last time: growing copies everything written so far.
    const writer = spare.pop() ?? new ProtobufWriter(Math.ceil(lastSize * 1.25));
    writer.at = 0;
    const unreadable = encode(writer, batch);
    const bytes = writer.finish();
    lastSize = bytes.length;
    if (unreadable > 0) tell('unreadable', unreadable, 'could not be read and were left out');
    const body = json ? (await form!).requestJson(bytes, signal) : bytes;
    const type = json ? 'json' : 'x-protobuf';
    const items = Array.isArray(batch) ? batch.length - unreadable : 1;
    const answer = await transport.post(body, `application/${type}`, abort, items);
    if (answer.written && bytes.length < MAX_SPARE) spare.push(writer);
    return successOf((await refusedBy(answer)) + unreadable);
  }

  /** Looks for the records at fault where a batch was refused for them, and from the start from then on. */
  async function sendOrSplit(batch: B, abort: AbortSignal | undefined): Promise<ExportResult> {
    // Other batches may be under way, and the splitting may have been loaded for one of them meanwhile.
    const tried = deliver;
    try {
      return await tried(batch, abort);
    } catch (error) {
      const { status } = error as { status?: unknown };
      if (loadSplit === undefined || tried !== send || !POISONED.includes(status)) throw error;
      const split = await loadSplit();
      if (deliver === send) deliver = split(send, (why) => tell('refused', 1, 'were refused', why));
      return deliver(batch, abort);
    }
  }

  /** How many items the back end refused of a request that it took. */
  async function refusedBy({ body }: HttpAnswer): Promise<number> {
    const { rejected, message } = json ? (await form!).partialSuccessJson(body) : partialSuccess(body);
    const { address } = transport;
    const why = message && `: ${message}`;
    if (rejected > 0) tell('partial_success', rejected, `were refused by ${address}${why}`);
    else if (why) diagnostics.report('otlp_warning', address, `${address} warns${why}`);
    return Math.max(rejected, 0);
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
      underWay.answer(sendOrSplit(batch, abort), resultCallback);
    },
    forceFlush,
    async shutdown() {
      closed = true;
      await underWay.settled();
      await transport.close();
    },
  };
}
