import type { Context } from '@opentelemetry/api';
import { BasicTracerProvider, type SpanProcessor as OtelSpanProcessor } from '@opentelemetry/sdk-trace-base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  alwaysOff,
  BatchSpanProcessor,
  type ReadableSpan,
  type ReadWriteSpan,
  TracerProvider,
} from '../../../src/trace/index.js';
import { TailSamplingProcessor } from '../../../src/trace/tail-sampling/index.js';
import { all, below, errors, Kept, remotely, setup } from './support.js';

describe('TailSamplingProcessor', () => {
  it('decides on whole traces, a moment after the local root has ended', async () => {
    const { clock, kept, tail, tracer } = setup();
    const bad = tracer.startSpan('bad');
    const good = tracer.startSpan('good');
    tracer.startSpan('bad child', {}, below(bad)).setStatus({ code: 2 }).end();
    tracer.startSpan('good child', {}, below(good)).end();
    bad.end();
    good.end();
    expect(tail.stats.pending).toMatchObject({ traces: 2, spans: 4 });
    await clock.advance(190);
    expect(kept.names).toEqual([]);
    tracer.startSpan('within the linger', {}, below(bad)).end();
    await clock.advance(10);
    expect(kept.names).toEqual(['bad child', 'bad', 'within the linger']);
    expect(tail.stats).toMatchObject({ kept: 1, dropped: 1, pending: { traces: 0, spans: 0, bytes: 0 } });
    expect(clock.pending).toBe(0);
  });

  it('waits as long for a trace whose spans were given times of their own', async () => {
    const { clock, kept, tail, tracer } = setup();
    await clock.advance(60_000);
    const now = clock.monotonic();
    for (const end of [now - 50_000, clock.now() - 50_000, new Date(clock.now() + 50_000), [1, 0]]) {
      const root = tracer.startSpan('root', { startTime: now - 55_000 });
      root.end(end as number);
      await clock.advance(190);
      tracer.startSpan('within the linger', {}, below(root)).setStatus({ code: 2 }).end();
      expect(tail.stats.pending.traces).toBe(1);
      await clock.advance(10);
      expect(kept.names.slice(-2)).toEqual(['root', 'within the linger']);
      expect(tail.stats.pending.traces).toBe(0);
    }
  });

  it('decides a trace that never ends by its age', async () => {
    const { clock, kept, tracer } = setup({ decision_wait: '10s' });
    const root = tracer.startSpan('root');
    tracer.startSpan('child', {}, below(root)).setStatus({ code: 2 }).end();
    await clock.advance(9_999);
    expect(kept.names).toEqual([]);
    await clock.advance(1);
    expect(kept.names).toEqual(['child']);
    root.end(); // and the root follows
    expect(kept.names).toEqual(['child', 'root']);
  });

  it('lets late spans follow the decision, as long as it is remembered', async () => {
    const { clock, kept, tail, tracer } = setup();
    const spans = ['bad', 'good'].map((name) => tracer.startSpan(name));
    spans[0]!.setStatus({ code: 2 });
    for (const span of spans) span.end();
    await clock.advance(1_000);
    for (const span of spans) {
      tracer.startSpan('late', {}, below(span)).end();
      tracer.startSpan('late from elsewhere', {}, remotely(span)).end();
    }
    // The second asked for the ids only after the decision: nobody could have come with them before.
    expect(kept.names).toEqual(['bad', 'late']);
    expect(tail.stats).toMatchObject({ lateKept: 1, lateDropped: 1 });
    await clock.advance(1_000);
    expect(kept.names).toEqual(['bad', 'late']);
  });

  it('remembers the decisions on traces whose ids were sent along', async () => {
    const { clock, kept, tail, tracer } = setup();
    const spans = ['bad', 'good'].map((name) => tracer.startSpan(name));
    spans[0]!.setStatus({ code: 2 });
    const contexts = spans.map(remotely); // asks for the ids
    for (const span of spans) span.end();
    await clock.advance(1_000);
    for (const context of contexts) tracer.startSpan('late', {}, context).end();
    expect(kept.names).toEqual(['bad', 'late']);
    expect(tail.stats).toMatchObject({ lateKept: 1, lateDropped: 1, pending: { traces: 0 } });
  });

  it('forgets decisions where it is told to', async () => {
    const decision_cache = { sampled_cache_size: 0, non_sampled_cache_size: 0 };
    const { clock, kept, tail, tracer } = setup({ decision_cache });
    const root = tracer.startSpan('bad').setStatus({ code: 2 });
    const context = remotely(root);
    root.end();
    await clock.advance(1_000);
    tracer.startSpan('late', {}, context).end();
    expect(tail.stats.pending.traces).toBe(1);
    await clock.advance(1_000);
    expect(kept.names).toEqual(['bad']);
  });

  it('joins the parts of a trace that left the process and came back', async () => {
    const { clock, kept, tail, tracer } = setup();
    const root = tracer.startSpan('root');
    tracer.startSpan('first', {}, below(root)).end(); // buffered before anybody knows the id
    const client = tracer.startSpan('call to itself', {}, below(root));
    const server = tracer.startSpan('served', {}, remotely(client));
    server.end();
    expect(tail.stats.pending.traces).toBe(2);
    client.end();
    expect(tail.stats.pending).toMatchObject({ traces: 1, spans: 3 });
    root.setStatus({ code: 2 }).end();
    await clock.advance(300);
    expect([...kept.names].sort()).toEqual(['call to itself', 'first', 'root', 'served']);
    expect(tail.stats).toMatchObject({ kept: 1, dropped: 0, pending: { traces: 0, spans: 0, bytes: 0 } });
  });

  it('follows the decision on the part that came back, where that came first', async () => {
    const { clock, kept, tail, tracer } = setup();
    const root = tracer.startSpan('root');
    tracer.startSpan('first', {}, below(root)).end();
    tracer.startSpan('served', {}, remotely(root)).setStatus({ code: 2 }).end();
    await clock.advance(1_000);
    expect(kept.names).toEqual(['served']);
    root.end();
    expect(kept.names).toEqual(['served', 'first', 'root']);
    expect(tail.stats.pending.traces).toBe(0);
  });

  it('makes room by deciding before time, complete traces first, and counts that', async () => {
    const { kept, tail, tracer, told } = setup({ num_traces: 10, policies: [all] });
    const open = tracer.startSpan('open');
    tracer.startSpan('child of open', {}, below(open)).end();
    for (let i = 0; i < 15; i++) tracer.startSpan(`root ${i}`).end();
    expect(tail.stats).toMatchObject({ evicted: 6, kept: 6, pending: { traces: 10 } });
    expect(kept.names[0]).toBe('root 0');
    expect(told.map(({ code }) => code)).toEqual(['tail_sampling_full']);
  });

  it('is bounded by spans and by bytes', () => {
    for (const own of [{ maxSpans: 20 }, { maxBytes: 50_000 }]) {
      const { tail, tracer } = setup([all], own);
      for (let i = 0; i < 500; i++) {
        const parent = tracer.startSpan('parent');
        tracer.startSpan('child', { attributes: { text: 'x'.repeat(i * 10) } }, below(parent)).end();
        const { spans, bytes } = tail.stats.pending;
        expect(spans).toBeLessThanOrEqual(20 * (own.maxSpans === undefined ? 100 : 1));
        expect(bytes).toBeLessThanOrEqual(own.maxBytes ?? Infinity);
      }
      expect(tail.stats.evicted).toBeGreaterThan(300);
    }
  });

  it('drops a trace that outgrows the limit, and what comes of it later', async () => {
    const { clock, kept, tail, tracer, told } = setup({ policies: [all], maximum_trace_size_bytes: 5_000 });
    const root = tracer.startSpan('root');
    for (let i = 0; i < 30; i++) tracer.startSpan('child', {}, below(root)).end();
    root.end();
    await clock.advance(1_000);
    expect(kept.names).toEqual([]);
    expect(tail.stats).toMatchObject({ tooLarge: 1, dropped: 1, pending: { traces: 0, spans: 0, bytes: 0 } });
    expect(told.map(({ code }) => code)).toEqual(['tail_sampling_too_large']);
  });

  it('decides what is complete at a flush, and everything at shutdown', async () => {
    const { kept, tail, tracer } = setup([all]);
    const open = tracer.startSpan('open');
    tracer.startSpan('child', {}, below(open)).end();
    tracer.startSpan('done').end();
    await tail.forceFlush();
    expect(kept.names).toEqual(['done']);
    await tail.shutdown();
    expect(kept.names).toEqual(['done', 'child']);
    expect(kept.ended).toBe(1);
    open.end(); // follows its trace
    tracer.startSpan('new').end();
    expect(kept.names).toEqual(['done', 'child', 'open']);
    expect(tail.stats).toMatchObject({ lateDropped: 1, pending: { traces: 0, spans: 0, bytes: 0 } });
  });

  it('decides thousands of traces that are due at once, over several turns of the event loop', async () => {
    for (const end of ['forceFlush', 'shutdown', 'in time'] as const) {
      const { clock, kept, tail, tracer } = setup([all]);
      for (let i = 0; i < 2_500; i++) tracer.startSpan(`${i}`).end();
      if (end === 'in time') await clock.advance(200);
      else {
        const done = tail[end]();
        expect(kept.spans.length).toBeLessThan(2_500);
        await done;
      }
      expect(kept.spans).toHaveLength(2_500);
      expect(clock.pending).toBe(end === 'forceFlush' ? 1 : 0);
    }
  });

  it('drops at shutdown what is undecided, where the configuration says so', async () => {
    const { kept, tail, tracer } = setup({ policies: [all], drop_pending_traces_on_shutdown: true });
    tracer.startSpan('done').end();
    await tail.shutdown();
    expect(kept.names).toEqual([]);
    expect(tail.stats).toMatchObject({ dropped: 1, kept: 0 });
  });

  it('waits by age alone where the root does not matter', async () => {
    const { clock, kept, tracer } = setup({
      policies: [all],
      decision_wait: '5s',
      decision_wait_after_root_received: '0s',
    });
    tracer.startSpan('root').end();
    await clock.advance(4_999);
    expect(kept.names).toEqual([]);
    await clock.advance(1);
    expect(kept.names).toEqual(['root']);
  });

  it('passes over spans without the sampled flag', async () => {
    const kept = new Kept();
    const tail = new TailSamplingProcessor({ config: { policies: [all] }, processor: kept });
    const recordOnly = { shouldSample: () => ({ decision: 1 }), toString: () => 'record only' };
    const provider = new TracerProvider({ sampler: recordOnly, spanProcessors: [tail] });
    provider.getTracer('test').startSpan('a').end();
    new TracerProvider({ sampler: alwaysOff(), spanProcessors: [tail] })
      .getTracer('test')
      .startSpan('b')
      .end();
    expect(tail.stats.pending.traces).toBe(0);
    await tail.shutdown();
    expect(kept.names).toEqual([]);
  });

  it('works behind OpenTelemetry’s own provider', async () => {
    const kept = new Kept();
    const tail = new TailSamplingProcessor({ config: { policies: [errors] }, processor: kept });
    const provider = new BasicTracerProvider({ spanProcessors: [tail as unknown as OtelSpanProcessor] });
    const tracer = provider.getTracer('test');
    const bad = tracer.startSpan('bad');
    tracer.startSpan('child', {}, below(bad)).end();
    bad.setStatus({ code: 2 }).end();
    tracer.startSpan('good').end();
    await provider.forceFlush();
    expect(kept.names).toEqual(['child', 'bad']);
  });

  it('may stand twice on one provider', async () => {
    const one = setup([errors]);
    const kept = new Kept();
    const two = new TailSamplingProcessor({ config: { policies: [all] }, processor: kept, clock: one.clock });
    const tracer = new TracerProvider({ clock: one.clock, spanProcessors: [one.tail, two] }).getTracer(
      'test',
    );
    const root = tracer.startSpan('root');
    tracer.startSpan('child', {}, below(root)).end();
    root.end();
    await one.clock.advance(1_000);
    tracer.startSpan('late', {}, below(root)).end();
    expect(one.kept.names).toEqual([]);
    expect(kept.names).toEqual(['child', 'root', 'late']);
    expect(one.tail.stats).toMatchObject({ dropped: 1, lateDropped: 1 });
  });

  it('tells of a processor behind that throws, and of a policy that cannot judge, and goes on', async () => {
    const failing = {
      onStart(_span: ReadWriteSpan, _context: Context) {},
      onEnd(_span: ReadableSpan) {
        throw new Error('no');
      },
      forceFlush: async () => {},
      shutdown: async () => {},
    };
    const { clock, told, tracer, tail } = setup([all], { processor: failing });
    tracer.startSpan('a').end();
    await clock.advance(1_000);
    expect(told.map(({ code }) => code)).toEqual(['span_processor_failed']);
    expect(tail.stats.kept).toBe(1);
    const second = setup([
      { name: 'odd', type: 'numeric_attribute', numeric_attribute: { key: 'x', min_value: 1 } },
      all,
    ]);
    second.tail.onEnd({
      spanContext: () => ({ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), traceFlags: 1 }),
      get attributes(): never {
        throw new Error('no');
      },
    } as unknown as ReadableSpan);
    await second.clock.advance(1_000);
    expect(second.told.map(({ code, subject }) => [code, subject])).toEqual([
      ['tail_sampling_policy_failed', 'odd'],
    ]);
    expect(second.kept.spans).toHaveLength(1);
  });

  it('counts in the self-metrics', async () => {
    const { clock, diagnostics, tracer } = setup();
    tracer.startSpan('good').end();
    tracer.startSpan('bad').setStatus({ code: 2 }).end();
    await clock.advance(1_000);
    const counted = [...diagnostics.counters()].map(({ name, labels, value }) => [
      name,
      ...Object.values(labels),
      value,
    ]);
    expect(counted).toContainEqual(['telltale_tail_sampling_traces_total', 'kept', 1]);
    expect(counted).toContainEqual(['telltale_tail_sampling_traces_total', 'dropped', 1]);
    expect(counted).toContainEqual(['telltale_tail_sampling_policy_matches_total', 'errors', 1]);
  });

  it('hands on or drops every span exactly once, whatever the order of ends, and ends empty', async () => {
    const step = fc.record({
      trace: fc.nat(6),
      kind: fc.constantFrom('child', 'root', 'remote', 'wait'),
      bad: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 1, max: 8 }),
        async (steps, num_traces) => {
          const { clock, kept, tail, tracer } = setup({ num_traces, decision_wait: '2s' });
          const roots = Array.from({ length: 7 }, (_, i) => tracer.startSpan(`root ${i}`));
          const ended = new Set<number>();
          let made = 0;
          for (const { trace, kind, bad } of steps) {
            const root = roots[trace]!;
            if (kind === 'wait') await clock.advance(150);
            else if (kind !== 'root') {
              const span = tracer.startSpan(
                `${made++}`,
                {},
                kind === 'remote' ? remotely(root) : below(root),
              );
              if (bad) span.setStatus({ code: 2 });
              span.end();
            } else if (!ended.has(trace)) {
              ended.add(trace);
              made++;
              root.end();
            }
          }
          await tail.shutdown();
          const { pending, kept: keptTraces, dropped, lateKept, lateDropped } = tail.stats;
          expect(pending).toEqual({ traces: 0, spans: 0, bytes: 0 });
          expect(new Set(kept.spans).size).toBe(kept.spans.length);
          expect(kept.spans.length).toBeLessThanOrEqual(made);
          expect(keptTraces + dropped + lateKept + lateDropped).toBeLessThanOrEqual(made);
          expect(clock.pending).toBe(0);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('refuses wrong options', () => {
    const processor = new BatchSpanProcessor({ exporter: { export() {}, shutdown: async () => {} } });
    const make = (own: object) => () =>
      new TailSamplingProcessor({ config: { policies: [all] }, processor, ...own });
    expect(make({ maxSpans: 0 })).toThrow('maxSpans is 0');
    expect(make({ processor: {} })).toThrow('processor is {}');
    expect(make({ policies: [] })).toThrow('unknown option "policies"');
    expect(make({ config: 'policies: []' })).toThrow('policies is []');
  });
});
