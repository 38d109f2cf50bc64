import { messageOf } from '../common/diagnostics.js';
import { EXPORT_FAILED, type ExportResult } from '../common/export.js';

/** The exports that an exporter has begun and not answered yet. */
export class ExportsUnderWay {
  readonly #exports = new Set<Promise<void>>();

  /** Hands on what comes of an export, once and whatever the callback throws; a rejection is a failed export. */
  answer(sending: Promise<ExportResult>, resultCallback: (result: ExportResult) => void): void {
    const answered = sending
      .catch((error): ExportResult => ({ code: EXPORT_FAILED, error: asError(error) }))
      .then(resultCallback)
      .catch(() => {}) // of the callback's own errors nobody is left to be told
      .finally(() => this.#exports.delete(answered));
    this.#exports.add(answered);
  }

  /** Fulfilled when those that are under way now have been answered. */
  async settled(): Promise<void> {
    await Promise.all(this.#exports);
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(messageOf(error));
}
