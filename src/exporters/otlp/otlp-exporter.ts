import { EXPORT_FAILED, EXPORT_SUCCESS, type ExportResult } from '../../common/export.js';
import { JsonWriter } from './json-writer.js';
import {
  type OtlpExporterOptions,
  type OtlpSettings,
  type OtlpSignal,
  otlpSettings,
} from './otlp-options.js';
import type { OtlpWriter } from './otlp-writer.js';
import { readPartialSuccess } from './partial-success.js';
import { ProtobufWriter } from './protobuf-writer.js';

/** An exporter in OpenTelemetry's manner, for batches of whatever kind. */
export interface OtlpExporter<B> {
  /**
   * Sends a batch; answers exactly once and never throws. `signal` ends it early: telltale's queue hands one
   * over, OpenTelemetry's processors do not.
   */
  export(batch: B, resultCallback: (result: ExportResult) => void, signal?: AbortSignal): void;
  /** Waits for the exports that are under way. */
  forceFlush(): Promise<void>;
  /** Waits for them, too, then closes the connections; further exports fail. */
  shutdown(): Promise<void>;
}

/** Writes a batch, and gives the number of records in it that could not be read. */
type Encode<B> = (writer: OtlpWriter, batch: B) => number;

export function otlpExporter<B>(
  owner: string,
  signal: OtlpSignal,
  encode: Encode<B>,
  options: OtlpExporterOptions | undefined,
): OtlpExporter<B> {
  return new OtlpHttpExporter(otlpSettings(owner, signal, options), signal, encode);
}

/**
 * Encodes and posts, once: trying again is the queue's business, and `RetryableExportError` tells it when that
 * makes sense.
 */
class OtlpHttpExporter<B> implements OtlpExporter<B> {
  readonly #settings: OtlpSettings;
  readonly #signal: OtlpSignal;
  readonly #encode: Encode<B>;
  readonly #underWay = new Set<Promise<void>>();
  #lastSize = 4096;
  #closed = false;

  constructor(settings: OtlpSettings, signal: OtlpSignal, encode: Encode<B>) {
    this.#settings = settings;
    this.#signal = signal;
    this.#encode = encode;
  }

  export(batch: B, resultCallback: (result: ExportResult) => void, signal?: AbortSignal): void {
    const sent = this.#send(batch, signal).then(
      (rejected) => resultCallback({ code: EXPORT_SUCCESS, ...(rejected > 0 ? { rejected } : {}) }),
      (error) => resultCallback({ code: EXPORT_FAILED, error }),
    );
    const done = sent.catch(() => {}).finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
  }

  async forceFlush(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async shutdown(): Promise<void> {
    this.#closed = true;
    await this.forceFlush();
    this.#settings.transport.close();
  }

  async #send(batch: B, signal: AbortSignal | undefined): Promise<number> {
    const { transport, json } = this.#settings;
    if (this.#closed) throw new Error(`the OTLP exporter for ${this.#signal} was shut down`);
    // A quarter more than last time: growing copies everything written so far.
    const writer = json ? new JsonWriter() : new ProtobufWriter(Math.ceil(this.#lastSize * 1.25));
    const unreadable = this.#encode(writer, batch);
    const body = writer.finish();
    this.#lastSize = body.length;
    if (unreadable > 0) this.#tell('unreadable', unreadable, 'could not be read and were left out');
    const type = json ? 'application/json' : 'application/x-protobuf';
    const answer = await transport.post(body, type, signal);
    const partial = readPartialSuccess(answer.body, json);
    if (partial.rejected > 0) {
      this.#tell(
        'partial_success',
        partial.rejected,
        `were refused by ${transport.address}`,
        partial.message,
      );
    } else if (partial.message !== '') {
      const { message } = partial;
      this.#settings.diagnostics.report(
        'otlp_warning',
        transport.address,
        `${transport.address} warns: ${message}`,
      );
    }
    return partial.rejected + unreadable;
  }

  #tell(reason: string, count: number, what: string, why = ''): void {
    const { diagnostics } = this.#settings;
    const signal = this.#signal;
    const help = 'Items that the OTLP exporter or its back end refused though the export succeeded.';
    diagnostics.counter('telltale_otlp_items_rejected_total', help, { signal, reason }).value += count;
    const message = `${count} items (${signal}) ${what}${why === '' ? '' : `: ${why}`}`;
    diagnostics.report(`otlp_${reason}`, signal, message);
  }
}
