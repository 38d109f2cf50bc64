import { describe, expect, it } from 'vitest';
import { exportWith } from '../../src/common/exporter-call.js';
import { resourceOf } from '../../src/common/resource.js';
import {
  InMemoryLogExporter,
  InMemoryMetricExporter,
  InMemorySpanExporter,
} from '../../src/exporters/memory.js';
import type { ReadableLogRecord } from '../../src/logs/readable-log-record.js';
import type { ReadableSpan } from '../../src/trace/readable-span.js';

const span = (name: string) => ({ name }) as ReadableSpan;

describe('in-memory exporters', () => {
  it('keep what they are given, until they are reset', async () => {
    const exporter = new InMemorySpanExporter();
    await exportWith(exporter, [span('a'), span('b')]);
    await exportWith(exporter, [span('c')]);
    expect(exporter.spans.map((own) => own.name)).toEqual(['a', 'b', 'c']);
    expect(exporter.getFinishedSpans()).toBe(exporter.spans);
    const before = exporter.spans;
    exporter.reset();
    expect(exporter.spans).toEqual([]);
    expect(before).toHaveLength(3);
  });

  it('refuse what comes after shutdown, and stay readable', async () => {
    const exporter = new InMemoryLogExporter();
    await exportWith(exporter, [{ body: 'kept' } as ReadableLogRecord]);
    await exporter.forceFlush();
    await exporter.shutdown();
    await expect(exportWith(exporter, [{ body: 'late' } as ReadableLogRecord])).rejects.toThrow('shut down');
    expect(exporter.records.map((own) => own.body)).toEqual(['kept']);
  });

  it('wait until there is enough', async () => {
    const exporter = new InMemorySpanExporter();
    const two = exporter.waitFor((spans) => spans.length >= 2);
    let settled = false;
    void two.then(() => {
      settled = true;
    });
    await exportWith(exporter, [span('a')]);
    expect(settled).toBe(false);
    await exportWith(exporter, [span('b')]);
    expect((await two).map((own) => own.name)).toEqual(['a', 'b']);
    expect(await exporter.waitFor((spans) => spans.length > 0)).toHaveLength(2);
  });

  it('keep each collection of metrics as it came', async () => {
    const exporter = new InMemoryMetricExporter();
    const metrics = { resource: resourceOf({}), scopeMetrics: [] };
    await exportWith(exporter, metrics);
    expect(exporter.records[0]).toBe(metrics);
    await exporter.shutdown();
    await expect(exportWith(exporter, metrics)).rejects.toThrow('shut down');
  });

  it('take a batch of any size', async () => {
    const exporter = new InMemorySpanExporter();
    await exportWith(
      exporter,
      Array.from({ length: 300_000 }, () => span('x')),
    );
    expect(exporter.spans).toHaveLength(300_000);
  });
});
