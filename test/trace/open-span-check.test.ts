import * as otel from '@opentelemetry/sdk-trace-base';
import { describe, expect, it } from 'vitest';
import { TelltaleError } from '../../src/common/errors.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { type OpenSpan, type OpenSpanCheckOptions, openSpanCheck } from '../../src/trace/index.js';
import { setup } from './support.js';

function checked(options: OpenSpanCheckOptions = {}) {
  const clock = new FakeClock();
  const open: OpenSpan[] = [];
  const check = openSpanCheck({ clock, after: 1000, onOpen: (span) => open.push(span), ...options });
  return { ...setup({ clock, spanProcessors: [check] }), clock, check, open };
}

describe('openSpanCheck', () => {
  it('tells of a span that is not ended, once, and where it was started', async () => {
    const { tracer, clock, open, provider } = checked();
    function forgetful() {
      return tracer.startSpan('forgotten');
    }
    const span = forgetful();
    tracer.startSpan('ended').end();
    clock.advanceSync(999);
    expect(open).toEqual([]);
    clock.advanceSync(5000);
    expect(open).toHaveLength(1);
    expect(open[0]).toMatchObject({ name: 'forgotten', age: 1000, ...idsOf(span) });
    expect(open[0]!.startedAt.split('\n')[0]).toMatch(/^at forgetful .*open-span-check\.test\.ts:\d+/);
    await provider.shutdown();
    expect(open).toHaveLength(1);
  });

  it('knows who started it, by whichever way', () => {
    const { tracer, check } = checked();
    function viaActive() {
      tracer.startActiveSpan('a', () => {});
    }
    function viaTrace() {
      void tracer.trace('b', (_span, _done) => {});
    }
    viaActive();
    viaTrace();
    const places = check.open().map(({ startedAt }) => startedAt.split('\n')[0]);
    expect(places[0]).toMatch(/^at viaActive /);
    expect(places[1]).toMatch(/^at viaTrace /);
  });

  it('checks spans that start later, too, and sets no timer while there is none', () => {
    const { tracer, clock, open, check } = checked();
    tracer.startSpan('first');
    clock.advanceSync(600);
    tracer.startSpan('second');
    clock.advanceSync(500);
    expect(open.map(({ name }) => name)).toEqual(['first']);
    clock.advanceSync(500);
    expect(open.map(({ name }) => name)).toEqual(['first', 'second']);
    expect(check.open().map(({ name }) => name)).toEqual(['first', 'second']);
  });

  it('tells at shutdown of what is open then', async () => {
    const { tracer, open, provider } = checked();
    const { name } = { name: 'open' };
    tracer.startSpan(name);
    await provider.shutdown();
    expect(open.map((span) => span.name)).toEqual(['open']);
  });

  it('reports through diagnostics unless told otherwise', () => {
    const clock = new FakeClock();
    const { told, diagnostics } = setup({ clock });
    const check = openSpanCheck({ clock, diagnostics, after: 2000 });
    const { tracer } = setup({ clock, spanProcessors: [check] });
    tracer.startSpan('forgotten');
    clock.advanceSync(2000);
    expect(told[0]).toMatchObject({ code: 'span_open' });
    expect(told[0]!.message).toMatch(
      /^span "forgotten" was started 2 s ago and has not ended; it was started at .*open-span-check\.test\.ts/,
    );
  });

  it('is bounded, and survives a handler that throws', () => {
    const { tracer, clock, check } = checked({
      maxSpans: 3,
      onOpen: () => {
        throw new Error('mine');
      },
    });
    for (let i = 0; i < 100; i++) tracer.startSpan('s');
    expect(check.open()).toHaveLength(3);
    clock.advanceSync(5000);
    const limit = Error.stackTraceLimit;
    tracer.startSpan('s');
    expect(Error.stackTraceLimit).toBe(limit);
  });

  it("works on OpenTelemetry's provider", () => {
    const check = openSpanCheck({ after: 1000 });
    const provider = new otel.BasicTracerProvider({ spanProcessors: [check] });
    const span = (function theirs() {
      return provider.getTracer('t').startSpan('s');
    })();
    expect(check.open()[0]!.startedAt).toMatch(/^at theirs /);
    span.end();
    expect(check.open()).toEqual([]);
  });

  it('names what is wrong', () => {
    expect(() => openSpanCheck({ after: 0 })).toThrow(/openSpanCheck: after is 0/);
    expect(() => openSpanCheck({ maxSpans: 1.5 })).toThrow(TelltaleError);
    expect(() => openSpanCheck({ onOpen: 1 as never })).toThrow(/onOpen is 1/);
  });
});

function idsOf(span: { spanContext(): { traceId: string; spanId: string } }) {
  const { traceId, spanId } = span.spanContext();
  return { traceId, spanId };
}
