import { describe, expect, expectTypeOf, it } from 'vitest';
import { rootContext } from '../../src/common/context.js';
import { processContextManager } from '../../src/common/context-manager.js';
import type { ExportResult } from '../../src/common/export.js';
import { exportWith } from '../../src/common/exporter-call.js';
import { isTelemetrySuppressed } from '../../src/common/suppression.js';
import { withSpan } from '../../src/common/with-span.js';
import type { ReadableSpan, SpanExporter } from '../../src/trace/readable-span.js';

function exporting(act: (callback: (result: ExportResult) => void, batch: string[]) => void) {
  return exportWith({ export: (batch: string[], callback) => act(callback, batch) }, ['a']);
}

describe('exportWith', () => {
  it('fulfils on success and hands over the batch', async () => {
    let seen: string[] | undefined;
    await exporting((callback, batch) => {
      seen = batch;
      callback({ code: 0 });
    });
    expect(seen).toEqual(['a']);
  });

  it('rejects with the error of the exporter, or one of its own', async () => {
    const error = new Error('bad');
    await expect(exporting((callback) => callback({ code: 1, error }))).rejects.toBe(error);
    await expect(exporting((callback) => callback({ code: 1 }))).rejects.toThrow('did not say why');
    await expect(exporting((callback) => callback(undefined as unknown as ExportResult))).rejects.toThrow();
  });

  it('rejects with what the exporter throws', async () => {
    await expect(
      exporting(() => {
        throw new TypeError('at once');
      }),
    ).rejects.toThrow('at once');
  });

  it('counts the first of two answers', async () => {
    await exporting((callback) => {
      callback({ code: 0 });
      callback({ code: 1, error: new Error('second') });
    });
    await expect(
      exporting((callback) => {
        callback({ code: 1, error: new Error('first') });
        callback({ code: 0 });
      }),
    ).rejects.toThrow('first');
  });

  it('runs the exporter with telemetry suppressed and without the caller’s span', async () => {
    const manager = processContextManager();
    const spanContext = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 };
    const span = { spanContext: () => spanContext } as never;
    await manager.with(withSpan(rootContext, span), () =>
      exporting((callback) => {
        expect(isTelemetrySuppressed(manager.active())).toBe(true);
        expect(manager.active().getValue(Symbol.for('OpenTelemetry Context Key SPAN'))).toBeUndefined();
        callback({ code: 0 });
      }),
    );
    expect(isTelemetrySuppressed(manager.active())).toBe(false);
  });

  it('takes exporters of every signal', () => {
    expectTypeOf(exportWith<ReadableSpan[]>).toBeCallableWith({} as SpanExporter, []);
  });
});
