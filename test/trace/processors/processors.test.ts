import { ROOT_CONTEXT } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { processContextManager } from '../../../src/common/context-manager.js';
import { type Diagnostic, Diagnostics } from '../../../src/common/diagnostics.js';
import { TelltaleError } from '../../../src/common/errors.js';
import { type ExportResult, RetryableExportError } from '../../../src/common/export.js';
import { isTelemetrySuppressed } from '../../../src/common/suppression.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import { BatchSpanProcessor, type ReadableSpan, SimpleSpanProcessor } from '../../../src/trace/index.js';
import { setup } from '../support.js';

/** An exporter that keeps the names of spans, batch by batch, and answers as it is told. */
class Recorder {
  batches: string[][] = [];
  suppressed: boolean[] = [];
  closed = 0;
  answer: (done: (result: ExportResult) => void) => void = (done) => done({ code: 0 });

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.batches.push(spans.map(({ name }) => name));
    this.suppressed.push(isTelemetrySuppressed(processContextManager().active()));
    this.answer(done);
  }

  async shutdown(): Promise<void> {
    this.closed++;
  }
}

describe('BatchSpanProcessor', () => {
  const batching = (options: Partial<ConstructorParameters<typeof BatchSpanProcessor>[0]> = {}) => {
    const clock = new FakeClock();
    const exporter = new Recorder();
    const diagnostics = new Diagnostics({ clock, handler: () => {} });
    const processor = new BatchSpanProcessor({ exporter, clock, diagnostics, ...options });
    return { ...setup({ clock, spanProcessors: [processor] }), exporter, processor, clock };
  };

  it('exports when the interval is over, and at once when a batch is full', async () => {
    const { tracer, exporter, clock } = batching({ maxBatchItems: 3, interval: 1000 });
    for (const name of ['a', 'b', 'c', 'd']) tracer.startSpan(name).end();
    expect(exporter.batches).toEqual([]);
    await clock.advance(1);
    expect(exporter.batches).toEqual([['a', 'b', 'c']]);
    await clock.advance(1000);
    expect(exporter.batches).toEqual([['a', 'b', 'c'], ['d']]);
    expect(exporter.suppressed).toEqual([true, true]);
  });

  it('exports nothing that is not sampled', async () => {
    const { provider, exporter, processor } = batching();
    const recordOnly = setup({
      sampler: { shouldSample: () => ({ decision: 1 }) },
      spanProcessors: [processor],
    });
    recordOnly.tracer.startSpan('s').end();
    await provider.forceFlush();
    expect(exporter.batches).toEqual([]);
  });

  it('flushes, and closes the exporter once; later spans are counted as dropped', async () => {
    const { tracer, provider, exporter, processor } = batching();
    tracer.startSpan('a').end();
    await provider.forceFlush();
    expect(exporter.batches).toEqual([['a']]);
    const late = tracer.startSpan('late');
    tracer.startSpan('b').end();
    await Promise.all([processor.shutdown(), provider.shutdown(), processor.shutdown()]);
    late.end();
    expect([exporter.batches, exporter.closed]).toEqual([[['a'], ['b']], 1]);
    expect(processor.stats).toMatchObject({ accepted: 3, exported: 2, dropped: { shutdown: 1 } });
  });

  it('asks again after an error that is worth it', async () => {
    const { tracer, exporter, clock, processor } = batching();
    const errors = [new RetryableExportError('busy'), undefined];
    exporter.answer = (done) => {
      const error = errors.shift();
      done(error === undefined ? { code: 0 } : { code: 1, error });
    };
    tracer.startSpan('a').end();
    await clock.advance(60_000);
    expect(exporter.batches).toEqual([['a'], ['a']]);
    expect(processor.stats).toMatchObject({ exported: 1, retried: 1 });
  });

  it('loses no span to an exporter that throws or fails without counting it', async () => {
    const { tracer, exporter, clock, processor } = batching({ interval: 10 });
    exporter.answer = () => {
      throw new Error('broken');
    };
    tracer.startSpan('a').end();
    await clock.advance(100);
    exporter.answer = (done) => done({ code: 1 });
    tracer.startSpan('b').end();
    await clock.advance(100);
    expect(processor.stats).toMatchObject({ accepted: 2, exported: 0, dropped: { rejected: 2 } });
  });

  it('bounds what it holds by bytes, by what spans hold', async () => {
    const { tracer, processor } = batching({ maxBytes: 10_000 });
    tracer.startSpan('s', { attributes: { text: 'x'.repeat(20_000) } }).end();
    tracer.startSpan('s', { attributes: { list: ['x'.repeat(9_000)] } }).end();
    tracer
      .startSpan('s')
      .addEvent('e', { text: 'x'.repeat(9_000) })
      .end();
    expect(processor.stats).toMatchObject({ queued: 1, dropped: { too_large: 1, queue_full: 1 } });
  });

  it('names a wrong option', () => {
    const exporter = new Recorder();
    expect(() => new BatchSpanProcessor({} as never)).toThrow(/exporter is undefined/);
    expect(() => new BatchSpanProcessor(undefined as never)).toThrow(TelltaleError);
    expect(() => new BatchSpanProcessor({ exporter, maxItems: 0 })).toThrow(/maxItems is 0/);
    // @ts-expect-error not an option
    expect(() => new BatchSpanProcessor({ exporter, maxQueueSize: 1 })).toThrow(
      /unknown option "maxQueueSize"/,
    );
  });
});

describe('SimpleSpanProcessor', () => {
  const simple = (exporter = new Recorder()) => {
    const clock = new FakeClock();
    const told: Diagnostic[] = [];
    const diagnostics = new Diagnostics({ clock, handler: (diagnostic) => told.push(diagnostic) });
    const processor = new SimpleSpanProcessor({ exporter, clock, diagnostics });
    return { ...setup({ clock, spanProcessors: [processor] }), exporter, processor, clock, told };
  };

  it('exports each span in the call that ends it, with telemetry suppressed', () => {
    const { tracer, exporter } = simple();
    tracer.startSpan('a').end();
    tracer.startSpan('b').end();
    expect(exporter.batches).toEqual([['a'], ['b']]);
    expect(exporter.suppressed).toEqual([true, true]);
  });

  it('waits at a flush until the exporter has answered', async () => {
    const { tracer, exporter, processor } = simple();
    const open: ((result: ExportResult) => void)[] = [];
    exporter.answer = (done) => open.push(done);
    tracer.startSpan('a').end();
    let flushed = false;
    const flush = processor.forceFlush().then(() => {
      flushed = true;
    });
    await Promise.resolve();
    expect(flushed).toBe(false);
    open[0]!({ code: 0 });
    open[0]!({ code: 0 });
    await flush;
  });

  it('counts and tells of what an exporter loses, also one that never answers', async () => {
    const { tracer, exporter, processor, clock, told } = simple();
    exporter.answer = () => {
      throw new Error('broken');
    };
    tracer.startSpan('a').end();
    exporter.answer = () => {};
    tracer.startSpan('b').end();
    const closed = processor.shutdown();
    await clock.advance(60_000);
    await closed;
    tracer.startSpan('c').end();
    expect(exporter.batches).toEqual([['a'], ['b']]);
    expect(told.map(({ code }) => code)).toEqual(['export_failed']);
    expect(exporter.closed).toBe(1);
  });

  it('does not pile up spans before an exporter that never answers', () => {
    const { tracer, exporter, told } = simple();
    exporter.answer = () => {};
    for (let i = 0; i < 3000; i++) tracer.startSpan('s').end();
    expect(exporter.batches).toHaveLength(2048);
    expect(told.map(({ code }) => code)).toEqual(['queue_full']);
  });

  it('names a wrong option', () => {
    expect(() => new SimpleSpanProcessor({} as never)).toThrow(/exporter is undefined/);
    expect(() => new SimpleSpanProcessor(undefined as never)).toThrow(TelltaleError);
  });
});

it('a span that an exporter makes while it exports is not recorded', async () => {
  const exporter = new Recorder();
  const { tracer, ended } = setup({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  exporter.answer = (done) => {
    expect(tracer.startSpan('of the exporter').isRecording()).toBe(false);
    done({ code: 0 });
  };
  tracer.startSpan('a', {}, ROOT_CONTEXT).end();
  expect(ended().map(({ name }) => name)).toEqual(['a']);
});
