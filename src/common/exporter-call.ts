import type { ExportAnswer } from './batch-queue.js';
import type { ExportResult } from './export.js';
import { withoutTelemetry } from './suppression.js';

/** Whatever exports as OpenTelemetry's exporters do: spans, log records, or one collection of metrics. */
export interface CallbackExporter<B> {
  export(batch: B, resultCallback: (result: ExportResult) => void, signal?: AbortSignal): void;
}

/**
 * Calls an OpenTelemetry exporter with telemetry suppressed, and gives a promise: fulfilled on success, rejected
 * with the exporter's own error on failure or with what it threw. Only the first answer counts.
 *
 * It waits as long as the exporter does; the deadline is the `BatchQueue`'s. Telltale's own exporters listen to
 * the signal and say how many items of a success were refused.
 */
export function exportWith<B>(
  exporter: CallbackExporter<B>,
  batch: B,
  signal?: AbortSignal,
): Promise<ExportAnswer> {
  return new Promise((resolve, reject) => {
    withoutTelemetry(() => {
      const answered = (result: ExportResult) => {
        if (result?.code === 0) resolve({ rejected: result.rejected ?? 0 });
        else reject(result?.error ?? new Error('the exporter failed and did not say why'));
      };
      exporter.export(batch, answered, signal);
    });
  });
}
