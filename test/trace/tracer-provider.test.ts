import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { describe, expect, it } from 'vitest';
import { AsyncLocalContextManager } from '../../src/common/context-manager.js';
import { TelltaleError } from '../../src/common/errors.js';
import {
  adjustedCount,
  alwaysOn,
  type ReadableSpan,
  TracerProvider,
  type TracerProviderOptions,
  traceIdRatio,
} from '../../src/trace/index.js';
import { setup } from './support.js';

const quiet = { async forceFlush() {}, async shutdown() {} };

describe('TracerProvider', () => {
  it('gives the same tracer for the same scope, and puts the scope on spans', () => {
    const { provider, last } = setup();
    expect(provider.getTracer('a', '1')).toBe(provider.getTracer('a', '1'));
    expect(provider.getTracer('a', '1')).not.toBe(provider.getTracer('a', '2'));
    provider.getTracer('a', '1', { schemaUrl: 'https://example.com' }).startSpan('s').end();
    expect(last().instrumentationScope).toEqual({
      name: 'a',
      version: '1',
      schemaUrl: 'https://example.com',
    });
    provider
      .getTracer(undefined as unknown as string)
      .startSpan('s')
      .end();
    expect(last().instrumentationScope).toEqual({ name: '' });
  });

  it('tells processors of starts and ends, in order, the ending one last before the end', () => {
    const heard: string[] = [];
    const { tracer, last } = setup({
      spanProcessors: [
        {
          ...quiet,
          onStart: (span, parent) => {
            heard.push(`1 start ${trace.getSpan(parent) === undefined}`);
            span.setAttribute('at start', true);
          },
          onEnding: (span) => {
            heard.push(`1 ending ${span.isRecording()}`);
            span.setAttribute('at ending', true);
          },
          onEnd: (span) => heard.push(`1 end ${span.ended}`),
        },
        { ...quiet, onStart: () => heard.push('2 start'), onEnd: () => heard.push('2 end') },
      ],
    });
    tracer.startSpan('s').end();
    expect(heard).toEqual(['1 start true', '2 start', '1 ending true', '1 end true', '2 end']);
    expect(last().attributes).toEqual({ 'at start': true, 'at ending': true });
  });

  it('ends a span once, also where a processor ends it that hears of its end', () => {
    const heard: string[] = [];
    const { tracer, ended } = setup({
      spanProcessors: [
        {
          ...quiet,
          onStart() {},
          onEnding: (span) => {
            heard.push('ending');
            span.setAttribute('kept', true);
            span.end();
            span.setAttribute('late', true);
          },
          onEnd: () => heard.push('end'),
        },
      ],
    });
    tracer.startSpan('s').end();
    tracer.startSpan('t').end();
    expect(heard).toEqual(['ending', 'end', 'ending', 'end']);
    expect(ended().map(({ attributes }) => attributes)).toEqual([{ kept: true }, { kept: true }]);
  });

  it('shields the caller from processors that throw', async () => {
    const fail = () => {
      throw new Error('broken');
    };
    const rejects = async () => fail();
    const broken = { onStart: fail, onEnding: fail, onEnd: fail, forceFlush: rejects, shutdown: fail };
    const { tracer, provider, ended, told } = setup({ spanProcessors: [broken as never] });
    tracer.startSpan('s').end();
    expect(ended()).toHaveLength(1);
    await provider.forceFlush();
    await provider.shutdown();
    expect(told.map(({ subject }) => subject)).toEqual(
      ['onStart', 'onEnding', 'onEnd', 'forceFlush', 'shutdown'].map((method) => `Object.${method}`),
    );
  });

  it('gives up on a processor that hangs', async () => {
    const never = () => new Promise<void>(() => {});
    const stuck = { onStart() {}, onEnd() {}, forceFlush: never, shutdown: never };
    const { provider, clock, told } = setup({ spanProcessors: [stuck], forceFlushTimeoutMillis: 500 });
    const flushed = provider.forceFlush();
    const closed = provider.shutdown();
    await clock.advance(500);
    await Promise.all([flushed, closed]);
    expect(told.map(({ code }) => code)).toEqual(['span_processor_slow', 'span_processor_slow']);
  });

  it('falls silent at shutdown, once', async () => {
    const { provider, tracer, ended } = setup();
    const open = tracer.startSpan('open');
    expect(provider.shutdown()).toBe(provider.shutdown());
    await provider.shutdown();
    open.end();
    expect(tracer.startSpan('late').isRecording()).toBe(false);
    expect(ended()).toEqual([]);
  });

  it('uses the ids of a generator, and its own where that one fails', () => {
    const ids = ['c'.repeat(32), 'not hex', undefined];
    const { tracer, told } = setup({
      idGenerator: {
        generateTraceId: () => ids.shift() as string,
        generateSpanId: () => 'd'.repeat(16),
      },
    });
    const first = tracer.startSpan('s');
    expect(first.spanContext()).toEqual({ traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), traceFlags: 1 });
    const child = tracer.startSpan('s', {}, trace.setSpan(ROOT_CONTEXT, first));
    expect(child).toMatchObject({ parentSpanContext: first.spanContext() });
    expect(tracer.startSpan('s').spanContext().traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(tracer.startSpan('s').spanContext().traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(told.map(({ code }) => code)).toEqual(['id_generator_failed']);
  });

  it('sets the random flag where a generator says that its ids are random', () => {
    const idGenerator = {
      generateTraceId: () => 'c'.repeat(32),
      generateSpanId: () => 'd'.repeat(16),
      randomTraceIds: true,
    };
    expect(setup({ idGenerator }).tracer.startSpan('s').spanContext().traceFlags).toBe(3);
  });

  it.each([
    ["telltale's", new AsyncLocalContextManager()],
    ["OpenTelemetry's", new AsyncLocalStorageContextManager()],
  ])('keeps active spans in the context manager it was given: %s', (_, contextManager) => {
    const { tracer } = setup({ contextManager });
    tracer.startActiveSpan('s', (span) => {
      expect(trace.getSpan(contextManager.active())).toBe(span);
      expect(trace.getSpan(context.active())).toBeUndefined();
    });
    const within = tracer.trace('t', (span) => trace.getSpan(contextManager.active()) === span);
    expect(within).toBe(true);
  });

  it('names a wrong option, its value and what is accepted', () => {
    const errorOf = (options: unknown) => {
      try {
        new TracerProvider(options as TracerProviderOptions);
      } catch (error) {
        expect(error).toBeInstanceOf(TelltaleError);
        return (error as Error).message;
      }
      return 'no error';
    };
    expect(errorOf({ samplr: 1 })).toMatch(/unknown option "samplr"; accepted: .*sampler/);
    expect(errorOf({ sampler: 0.5 })).toMatch(
      /sampler is 0.5; accepted: an object with the methods shouldSample/,
    );
    expect(errorOf({ spanProcessors: [quiet] })).toMatch(/spanProcessors\[0\] is .*onStart/);
    expect(errorOf({ spanProcessors: {} })).toMatch(/spanProcessors is .*an array/);
    expect(errorOf({ spanLimits: { eventCountLimit: -1 } })).toMatch(/spanLimits.eventCountLimit is -1/);
    expect(errorOf({ spanLimits: { events: 1 } })).toMatch(/unknown option "events"/);
    expect(errorOf({ generalLimits: { attributeCountLimit: '1' } })).toMatch(
      /generalLimits.attributeCountLimit/,
    );
    expect(errorOf({ idGenerator: {} })).toMatch(/idGenerator/);
    expect(errorOf({ contextManager: {} })).toMatch(/contextManager/);
    expect(errorOf({ forceFlushTimeoutMillis: 'soon' })).toMatch(/forceFlushTimeoutMillis/);
    expect(errorOf(null)).toMatch(/options is null/);
  });

  it('takes general limits where span limits set none', () => {
    const { tracer, last } = setup({
      generalLimits: { attributeCountLimit: 1, attributeValueLengthLimit: 2 },
      spanLimits: { attributeValueLengthLimit: 3 },
    });
    tracer.startSpan('s', { attributes: { a: 'abcdef', b: 1 } }).end();
    expect(last().attributes).toEqual({ a: 'abc' });
  });

  describe('and the environment', () => {
    const recorded = (
      env: Record<string, string>,
      traceFlags?: number,
      sampler?: TracerProviderOptions['sampler'],
    ) => {
      const { tracer, told } = setup({ env, ...(sampler === undefined ? {} : { sampler }) });
      const parent = { traceId: `${'0'.repeat(18)}80000000000000`, spanId: 'b'.repeat(16) };
      const below =
        traceFlags === undefined
          ? ROOT_CONTEXT
          : trace.setSpanContext(ROOT_CONTEXT, { ...parent, traceFlags });
      return [tracer.startSpan('s', {}, below).isRecording(), told.map(({ subject }) => subject)];
    };

    it.each([
      ['always_on', true, true, true],
      ['always_off', false, false, false],
      ['parentbased_always_on', true, false, true],
      ['parentbased_always_off', false, false, true],
      ['', true, false, true],
      ['  ALWAYS_OFF ', false, false, false],
    ])('OTEL_TRACES_SAMPLER=%s decides for roots and for children', (name, root, below, belowSampled) => {
      const env = { OTEL_TRACES_SAMPLER: name };
      expect(recorded(env)).toEqual([root, []]);
      expect(recorded(env, 0)).toEqual([below, []]);
      expect(recorded(env, 1)).toEqual([belowSampled, []]);
    });

    it('OTEL_TRACES_SAMPLER_ARG is the ratio', () => {
      const env = (name: string, ratio: string) => ({
        OTEL_TRACES_SAMPLER: name,
        OTEL_TRACES_SAMPLER_ARG: ratio,
      });
      expect(recorded(env('traceidratio', '0'))).toEqual([false, []]);
      expect(recorded(env('traceidratio', '0.5'), 0)).toEqual([true, []]);
      expect(recorded(env('traceidratio', '0.4'), 1)).toEqual([false, []]);
      expect(recorded(env('parentbased_traceidratio', '0'), 1)).toEqual([true, []]);
      expect(recorded(env('parentbased_traceidratio', '1'), 0)).toEqual([false, []]);
      expect(recorded({ OTEL_TRACES_SAMPLER: 'traceidratio' })).toEqual([true, []]);
      for (const wrong of ['2', '-1', 'half', 'NaN']) {
        expect(recorded(env('traceidratio', wrong))).toEqual([true, ['OTEL_TRACES_SAMPLER_ARG']]);
      }
      const { tracer, ended } = setup({ env: env('parentbased_traceidratio', '0.25') });
      for (let i = 0; i < 4000; i++) tracer.startSpan('s').end();
      expect(Math.abs(ended().length - 1000)).toBeLessThan(3 * Math.sqrt(4000 * 0.25 * 0.75));
      expect(adjustedCount(ended()[0]!)).toBe(4);
      const same = traceIdRatio(0.25);
      for (const span of ended()) {
        expect(same.shouldSample(ROOT_CONTEXT, span.spanContext().traceId, 's', 0, {}, []).decision).toBe(2);
      }
    });

    it('what is no sampler is told of; code wins', () => {
      expect(recorded({ OTEL_TRACES_SAMPLER: 'xray' })).toEqual([true, ['OTEL_TRACES_SAMPLER']]);
      expect(recorded({ OTEL_TRACES_SAMPLER: 'always_off' }, undefined, alwaysOn())).toEqual([true, []]);
    });

    it('limits come from the code, then from the variables for spans, then from those for all', () => {
      const limited = (env: Record<string, string>, options: TracerProviderOptions = {}) => {
        const { tracer, last, told } = setup({ env, ...options });
        const span = tracer.startSpan('s', { attributes: { a: 'abcdef', b: 1, c: 1 } });
        for (let i = 0; i < 3; i++)
          span
            .addEvent('e', { a: 1, b: 2 })
            .addLink({ context: span.spanContext(), attributes: { a: 1, b: 2 } });
        span.end();
        const { attributes, events, links } = last();
        const sizes = [events.length, links.length].concat(
          [events[0]?.attributes, links[0]?.attributes].map((each) => Object.keys(each ?? {}).length),
        );
        return [attributes, sizes, told.map(({ subject }) => subject)];
      };
      expect(
        limited({
          OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '2',
          OTEL_ATTRIBUTE_COUNT_LIMIT: '1',
          OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '3',
          OTEL_SPAN_EVENT_COUNT_LIMIT: '2',
          OTEL_SPAN_LINK_COUNT_LIMIT: '1',
          OTEL_SPAN_ATTRIBUTE_PER_EVENT_COUNT_LIMIT: '1',
          OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: '0',
        }),
      ).toEqual([{ a: 'abc', b: 1 }, [2, 1, 1, 0], ['s']]);
      expect(
        limited({ OTEL_ATTRIBUTE_COUNT_LIMIT: '1' }, { spanLimits: { attributeCountLimit: 2 } })[0],
      ).toEqual({
        a: 'abcdef',
        b: 1,
      });
      expect(
        limited({ OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '1' }, { generalLimits: { attributeCountLimit: 2 } })[0],
      ).toEqual({
        a: 'abcdef',
        b: 1,
      });
      expect(limited({ OTEL_SPAN_LINK_COUNT_LIMIT: 'many', OTEL_SPAN_EVENT_COUNT_LIMIT: ' ' })).toEqual([
        { a: 'abcdef', b: 1, c: 1 },
        [3, 3, 2, 2],
        ['OTEL_SPAN_LINK_COUNT_LIMIT'],
      ]);
    });
  });

  it('takes a time limit for a single flush', async () => {
    const stuck = { ...quiet, onStart() {}, onEnd() {}, forceFlush: () => new Promise<void>(() => {}) };
    const { provider, clock, told } = setup({ spanProcessors: [stuck] });
    const flushed = provider.forceFlush({ timeoutMillis: 50 });
    await clock.advance(50);
    await flushed;
    expect(told[0]!.message).toMatch(/gave up after 50 ms/);
  });

  it('says no more of the process than OpenTelemetry does, until it is told', () => {
    const names: unknown[] = [];
    const reads = {
      ...quiet,
      onStart() {},
      onEnd: (span: ReadableSpan) => names.push(span.resource.attributes),
    };
    new TracerProvider({ spanProcessors: [reads] }).getTracer('t').startSpan('s').end();
    expect(names).toEqual([
      {
        'service.name': 'unknown_service:node',
        'telemetry.sdk.name': 'telltale',
        'telemetry.sdk.language': 'nodejs',
      },
    ]);
  });

  it('refuses wrong options at compile time', () => {
    // @ts-expect-error not an option
    expect(() => new TracerProvider({ samplers: [] })).toThrow(TelltaleError);
    // @ts-expect-error not a sampler
    expect(() => new TracerProvider({ sampler: 'on' })).toThrow(TelltaleError);
  });
});
