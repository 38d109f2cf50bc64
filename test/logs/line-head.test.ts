import { type Span, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rootContext } from '../../src/common/context.js';
import { seededRandom } from '../../src/common/random.js';
import { withSpan } from '../../src/common/with-span.js';
import { linePrefix, traceIds } from '../../src/logs/line-head.js';
import { alwaysOff, parentBased, TracerProvider } from '../../src/trace/index.js';

it.each([true, false])(
  'the time in a prefix is that of the clock, in whatever order it moves (iso: %s)',
  (isIso) => {
    const near = Date.UTC(2026, 10, 21, 20, 30);
    const moment = fc.oneof(
      fc.integer({ min: near, max: near + 5_000 }),
      fc.double({ min: near, max: near + 5_000, noNaN: true }),
      fc.integer({ min: -1e12, max: 2e13 }),
      fc.constantFrom(0, 1, 999, 1e12 - 1, 1e12, 1e13 - 1, 1e13, Number.NaN, Infinity),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(moment, fc.integer({ min: 0, max: 1 })), { maxLength: 20 }), (lines) => {
        const prefixes = ['info', 'warn'].map((level) => linePrefix(isIso, level));
        for (const [now, index] of lines) {
          const { words, length } = prefixes[index]!(now);
          const line = JSON.parse(`${Buffer.from(words.buffer as ArrayBuffer, 0, length)}""}`);
          const date = new Date(+new Date(now) || 0);
          expect(line).toEqual({
            time: isIso ? date.toISOString() : +date,
            level: ['info', 'warn'][index],
            msg: '',
          });
        }
      }),
    );
  },
);

it('the ids in a line are those of the span context, however the span came by them', () => {
  const remote = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', isRemote: true };
  const parents = [
    rootContext,
    ...[0, 1, 3, 255].map((traceFlags) =>
      withSpan(rootContext, trace.wrapSpanContext({ ...remote, traceFlags })),
    ),
  ];
  let made = 0;
  const idGenerator = {
    generateTraceId: () => (++made).toString(16).padStart(32, '0'),
    generateSpanId: () => (++made).toString(16).padStart(16, '0'),
  };
  const idsOf = traceTexts();
  const said = (span: Span) => JSON.parse(`{${idsOf(span)!.slice(1)}}`);
  fc.assert(
    fc.property(
      fc.integer(),
      fc.constantFrom(...parents),
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      (seed, parent, generated, sampled, askFirst) => {
        const provider = new TracerProvider({
          random: seededRandom(seed),
          ...(generated ? { idGenerator } : {}),
          ...(sampled ? {} : { sampler: parentBased(alwaysOff()) }),
        });
        const tracer = provider.getTracer('t');
        for (const inside of [parent, withSpan(parent, tracer.startSpan('outer', {}, parent))]) {
          const span = tracer.startSpan('s', {}, inside);
          const before = askFirst ? span.spanContext() : undefined;
          const line = said(span);
          const { traceId, spanId, traceFlags } = span.spanContext();
          expect(before ?? span.spanContext()).toBe(span.spanContext());
          expect(line).toEqual({
            trace_id: traceId,
            span_id: spanId,
            trace_flags: traceFlags.toString(16).padStart(2, '0'),
          });
        }
      },
    ),
  );
});

it('a span whose context is invalid, or throws, leaves nothing of it for the next line', () => {
  const idsOf = traceTexts();
  const good = trace.wrapSpanContext({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 });
  const bad = trace.wrapSpanContext({ traceId: 'nonsense', spanId: 'b'.repeat(16), traceFlags: 1 });
  const broken = {
    spanContext() {
      throw new Error('no context');
    },
  } as unknown as Span;
  expect(idsOf(good)).toContain('a'.repeat(32));
  expect(idsOf(bad)).toBeUndefined();
  expect(() => idsOf(broken)).toThrow('no context');
  expect(idsOf(good)).toContain(`"trace_id":"${'a'.repeat(32)}","span_id":"${'b'.repeat(16)}"`);
});

/** The ids as they stand in a line. */
function traceTexts(): (span: Span) => string | undefined {
  const idsOf = traceIds();
  return (span) => {
    const packed = idsOf(span);
    return packed && Buffer.from(packed.bytes).toString('utf8', 0, packed.length);
  };
}
