import type { Attributes } from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Diagnostic, Diagnostics } from '../../../src/common/diagnostics.js';
import { InMemorySpanExporter } from '../../../src/exporters/memory.js';
import {
  FilterSpanProcessor,
  MultiSpanProcessor,
  type ReadableSpan,
  RedactSpanProcessor,
  type RedactSpanProcessorOptions,
  SimpleSpanProcessor,
  type SpanProcessor,
  TracerProvider,
} from '../../../src/trace/index.js';
import { TailSamplingProcessor } from '../../../src/trace/tail-sampling/index.js';

function collector() {
  const exporter = new InMemorySpanExporter();
  return { exporter, processor: new SimpleSpanProcessor({ exporter }) };
}

function tracerOf(...spanProcessors: SpanProcessor[]) {
  return new TracerProvider({ spanProcessors }).getTracer('test');
}

const quiet = () => {
  const told: Diagnostic[] = [];
  return { told, diagnostics: new Diagnostics({ handler: (diagnostic) => told.push(diagnostic) }) };
};

const broken: SpanProcessor = {
  onStart() {
    throw new Error('start');
  },
  onEnd() {
    throw new Error('end');
  },
  forceFlush: () => Promise.reject(new Error('flush')),
  shutdown: () => Promise.reject(new Error('shutdown')),
};

describe('MultiSpanProcessor', () => {
  it('hands every span to each, whatever one of them throws', async () => {
    const { exporter, processor } = collector();
    const { told, diagnostics } = quiet();
    const multi = new MultiSpanProcessor({ processors: [broken, processor], diagnostics });
    tracerOf(multi).startSpan('a').end();
    await multi.forceFlush();
    await multi.shutdown();
    expect(exporter.spans.map(({ name }) => name)).toEqual(['a']);
    expect(told.map(({ subject }) => subject)).toEqual([
      'Object.onStart',
      'Object.onEnd',
      'Object.forceFlush',
      'Object.shutdown',
    ]);
  });

  it('has `onEnding` only where one of them has', () => {
    const { processor } = collector();
    expect(new MultiSpanProcessor({ processors: [processor] }).onEnding).toBeUndefined();
    const ending: SpanProcessor = {
      ...broken,
      onStart() {},
      onEnd() {},
      onEnding: (span) => void span.setAttribute('late', true),
    };
    const { exporter, processor: sink } = collector();
    tracerOf(new MultiSpanProcessor({ processors: [ending, sink] }))
      .startSpan('a')
      .end();
    expect(exporter.spans[0]!.attributes).toEqual({ late: true });
  });

  it('refuses what is no processor, by its path', () => {
    expect(() => new MultiSpanProcessor({ processors: [collector().processor, {} as never] })).toThrow(
      'MultiSpanProcessor: processors[1] is {}',
    );
  });
});

describe('FilterSpanProcessor', () => {
  it('keeps spans back, counts them, and keeps a span when the filter throws', () => {
    const { exporter, processor } = collector();
    const { told, diagnostics } = quiet();
    const keep = (span: ReadableSpan) => {
      if (span.name === 'odd') throw new Error('no');
      return span.attributes['http.route'] !== '/healthz';
    };
    const tracer = tracerOf(new FilterSpanProcessor({ keep, processor, diagnostics }));
    tracer.startSpan('a', { attributes: { 'http.route': '/healthz' } }).end();
    tracer.startSpan('b', { attributes: { 'http.route': '/cart' } }).end();
    tracer.startSpan('odd').end();
    expect(exporter.spans.map(({ name }) => name)).toEqual(['b', 'odd']);
    expect([...diagnostics.counters()].find(({ name }) => name.includes('filtered'))?.value).toBe(1);
    expect(told.map(({ code }) => code)).toEqual(['span_filter_failed']);
  });

  it('refuses wrong options', () => {
    const { processor } = collector();
    expect(() => new FilterSpanProcessor({ keep: 'yes' as never, processor })).toThrow('keep is "yes"');
    expect(() => new FilterSpanProcessor({ keep: () => true, processor: undefined as never })).toThrow(
      'processor',
    );
  });
});

describe('RedactSpanProcessor', () => {
  function redacted(
    options: Omit<RedactSpanProcessorOptions, 'processor'>,
    attributes: Attributes,
  ): Attributes {
    const { exporter, processor } = collector();
    tracerOf(new RedactSpanProcessor({ processor, ...options }))
      .startSpan('a', { attributes })
      .end();
    return exporter.spans[0]!.attributes;
  }

  it('replaces, removes, and keeps only what is allowed', () => {
    const attributes = {
      'user.email': 'a@b.c',
      'auth.token': 'abc',
      cookie: 'x',
      'http.route': '/',
      other: 1,
    };
    expect(
      redacted({ redact: ['user.email', /token/], remove: ['cookie'], replacement: '***' }, attributes),
    ).toEqual({ 'user.email': '***', 'auth.token': '***', 'http.route': '/', other: 1 });
    expect(redacted({ allow: [/^http\./] }, attributes)).toEqual({ 'http.route': '/' });
    // An attribute that stands in two lists is hidden as well as it can be.
    expect(redacted({ allow: ['cookie'], remove: [/./g], redact: ['cookie'] }, attributes)).toEqual({});
  });

  it('replaces what matches inside texts and lists, in events, links and the message of the status', () => {
    const { exporter, processor } = collector();
    const span = tracerOf(
      new RedactSpanProcessor({ processor, values: [/\d{4}-\d{4}/g], redact: ['secret'], replacement: '$&' }),
    ).startSpan('a', {
      attributes: { text: 'card 1234-5678 and 1111-2222', list: ['x', '1234-5678'], n: 12345678 },
    });
    span.addEvent('paid', { card: '1234-5678', secret: 'a' }).addEvent('plain');
    span.addLink({ context: span.spanContext(), attributes: { card: '1234-5678' } });
    span.setStatus({ code: 2, message: 'card 1234-5678 is refused' });
    span.end();
    const [read] = exporter.spans as [ReadableSpan];
    expect(read.attributes).toEqual({ text: 'card $& and $&', list: ['x', '$&'], n: 12345678 });
    expect(read.events.map(({ name, attributes }) => [name, attributes])).toEqual([
      ['paid', { card: '$&', secret: '$&' }],
      ['plain', {}],
    ]);
    expect(read.links[0]!.attributes).toEqual({ card: '$&' });
    expect(read.status).toEqual({ code: 2, message: 'card $& is refused' });
  });

  it('leaves the span as it is for everybody else, and hands on as it is what has nothing to hide', () => {
    const before = collector();
    const after = collector();
    const tracer = tracerOf(
      new RedactSpanProcessor({ processor: before.processor, redact: ['secret'] }),
      after.processor,
    );
    tracer.startSpan('a', { attributes: { secret: 'x', open: 'y' } }).end();
    tracer.startSpan('b', { attributes: { open: 'y' } }).end();
    expect(after.exporter.spans[0]!.attributes).toEqual({ secret: 'x', open: 'y' });
    const [view, same] = before.exporter.spans as [ReadableSpan, ReadableSpan];
    expect(same).toBe(after.exporter.spans[1]);
    const original = after.exporter.spans[0]!;
    for (const field of ['name', 'kind', 'startTime', 'endTime', 'duration', 'ended', 'resource'] as const) {
      expect(view[field]).toEqual(original[field]);
    }
    expect(view.spanContext()).toEqual(original.spanContext());
    expect(JSON.stringify(view)).not.toContain('"x"');
  });

  it('nothing that must be hidden is ever seen, whatever the attributes', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ minLength: 1 }), fc.oneof(fc.string(), fc.integer())),
        (attributes) => {
          const read = redacted({ redact: [/[a-m]/], remove: [/[n-z]/], values: [/[0-9]/] }, attributes);
          for (const [key, value] of Object.entries(read)) {
            expect(key).not.toMatch(/[n-z]/);
            if (/[a-m]/.test(key)) expect(value).toBe('[redacted]');
            else if (typeof value === 'string') expect(value).not.toMatch(/[0-9]/);
          }
        },
      ),
    );
  });

  it('holds back a span that it cannot read', () => {
    const { exporter, processor } = collector();
    const { told, diagnostics } = quiet();
    const redact = new RedactSpanProcessor({ processor, redact: ['a'], diagnostics });
    redact.onEnd({
      get attributes(): Attributes {
        throw new Error('no');
      },
    } as ReadableSpan);
    expect(exporter.spans).toEqual([]);
    expect(told[0]!.code).toBe('span_redaction_failed');
  });

  it('refuses wrong options by their path', () => {
    const { processor } = collector();
    expect(() => new RedactSpanProcessor({ processor, redact: ['a', 3 as never] })).toThrow('redact[1] is 3');
    expect(() => new RedactSpanProcessor({ processor, values: ['a' as never] })).toThrow('values[0] is "a"');
  });
});

it('passes the time that a flush and a shutdown may take on to what stands behind', async () => {
  const given: unknown[] = [];
  const behind: SpanProcessor = {
    onStart() {},
    onEnd() {},
    async forceFlush(options) {
      given.push(options);
    },
    async shutdown(options) {
      given.push(options);
    },
  };
  const provider = new TracerProvider({
    spanProcessors: [
      new MultiSpanProcessor({ processors: [behind] }),
      new FilterSpanProcessor({ keep: () => true, processor: behind }),
      new RedactSpanProcessor({ remove: ['a'], processor: behind }),
      new TailSamplingProcessor({
        config: { policies: [{ name: 'all', type: 'always_sample' }] },
        processor: behind,
      }),
    ],
  });
  await provider.forceFlush({ timeoutMillis: 20 });
  await provider.shutdown({ timeoutMillis: 10 });
  expect(given).toEqual([...Array(4).fill({ timeoutMillis: 20 }), ...Array(4).fill({ timeoutMillis: 10 })]);
});
