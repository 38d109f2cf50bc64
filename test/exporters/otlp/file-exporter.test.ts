import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportWith } from '../../../src/common/exporter-call.js';
import { resourceOf } from '../../../src/common/resource.js';
import {
  otlpLogFileExporter,
  otlpMetricFileExporter,
  otlpTraceFileExporter,
} from '../../../src/exporters/otlp/index.js';
import { BatchSpanProcessor, TracerProvider } from '../../../src/trace/index.js';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'telltale-otlp-file-'));
  path = join(folder, 'traces.jsonl');
});

afterEach(() => rmSync(folder, { recursive: true }));

const lines = () =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

describe('otlpTraceFileExporter', () => {
  it('writes a line of OTLP JSON for each batch, behind what stands there', async () => {
    appendFileSync(path, '{}\n');
    const processor = new BatchSpanProcessor({ exporter: otlpTraceFileExporter({ path }), maxBatchItems: 2 });
    const tracer = new TracerProvider({
      resource: resourceOf({ 'service.name': 'shop' }),
      spanProcessors: [processor],
    }).getTracer('test');
    for (const name of ['a', 'b', 'line\nbreak']) tracer.startSpan(name).end();
    await processor.shutdown();
    const [first, ...batches] = lines();
    expect(first).toEqual({});
    expect(
      batches.map(({ resourceSpans }) =>
        resourceSpans[0].scopeSpans[0].spans.map(({ name }: { name: string }) => name),
      ),
    ).toEqual([['a', 'b'], ['line\nbreak']]);
    expect(batches[0].resourceSpans[0].resource.attributes[0]).toEqual({
      key: 'service.name',
      value: { stringValue: 'shop' },
    });
  });

  it('asks to be tried again where the file cannot be written, and goes on when it can', async () => {
    mkdirSync(path);
    const exporter = otlpTraceFileExporter({ path });
    await expect(exportWith(exporter, [])).rejects.toMatchObject({ retryable: true });
    rmdirSync(path);
    await exportWith(exporter, []);
    expect(lines()).toEqual([{}]);
    await exporter.shutdown();
    await expect(exportWith(exporter, [])).rejects.toThrow('otlpTraceFileExporter was shut down');
  });

  it('has siblings for logs and metrics', async () => {
    const resource = resourceOf({ a: 1 });
    path = join(folder, 'metrics.jsonl');
    await exportWith(otlpMetricFileExporter({ path }), { resource, scopeMetrics: [] });
    expect(lines()[0].resourceMetrics[0].resource.attributes[0].key).toBe('a');
    path = join(folder, 'logs.jsonl');
    const bad = Object.defineProperty({}, 'resource', {
      get() {
        throw new Error('no');
      },
    });
    expect(await exportWith(otlpLogFileExporter({ path }), [bad as never])).toEqual({ rejected: 1 });
    expect(lines()).toEqual([{}]);
  });

  it('refuses wrong options', () => {
    expect(() => otlpTraceFileExporter({} as never)).toThrow('path is ""');
    expect(() => otlpTraceFileExporter({ path, rotate: true } as never)).toThrow('unknown option "rotate"');
  });
});
