import { ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeSpans } from '../../../src/exporters/otlp/encode-spans.js';
import { ProtobufWriter } from '../../../src/exporters/otlp/protobuf-writer.js';
import { consistentProbability, type ReadableSpan } from '../../../src/trace/index.js';
import { setup } from '../../trace/support.js';

const bytesOf = (...spans: ReadableSpan[]): string => {
  const writer = new ProtobufWriter();
  expect(encodeSpans(writer, spans)).toBe(0);
  return Buffer.from(writer.finish()).toString('latin1');
};

/** The same span as an object of somebody else's, with nothing but what the interface has. */
const copyOf = (span: ReadableSpan): ReadableSpan => ({
  name: span.name,
  kind: span.kind,
  spanContext: () => span.spanContext(),
  ...(span.parentSpanContext === undefined ? {} : { parentSpanContext: span.parentSpanContext }),
  startTime: span.startTime,
  endTime: span.endTime,
  status: span.status,
  attributes: span.attributes,
  links: span.links,
  events: span.events,
  duration: span.duration,
  ended: span.ended,
  resource: span.resource,
  instrumentationScope: span.instrumentationScope,
  droppedAttributesCount: span.droppedAttributesCount,
  droppedEventsCount: span.droppedEventsCount,
  droppedLinksCount: span.droppedLinksCount,
});

const hex = (length: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
    .map((digits) => digits.join(''))
    .filter((id) => /[1-9a-f]/.test(id));

describe("a span of telltale's", () => {
  it('gives the same bytes by its fields as by its interface', () => {
    const value = fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.array(fc.string()));
    const attributes = fc.dictionary(fc.string({ minLength: 1 }), value, { maxKeys: 8 });
    const remote = fc.option(fc.tuple(hex(32), hex(16), fc.constantFrom(1, 3)), { nil: undefined });
    const steps = fc.record({
      attributes,
      remote,
      asksFirst: fc.boolean(),
      sampler: fc.boolean(),
      generator: fc.boolean(),
      event: fc.option(attributes, { nil: undefined }),
    });
    fc.assert(
      fc.property(steps, ({ attributes, remote, asksFirst, sampler, generator, event }) => {
        const { tracer, ended } = setup({
          ...(sampler ? { sampler: consistentProbability(1) } : {}),
          ...(generator
            ? {
                idGenerator: {
                  generateTraceId: () => '0'.repeat(31) + 1,
                  generateSpanId: () => 'd'.repeat(16),
                },
              }
            : {}),
          spanLimits: { attributeCountLimit: 6 },
        });
        const around =
          remote === undefined
            ? ROOT_CONTEXT
            : trace.setSpanContext(ROOT_CONTEXT, {
                traceId: remote[0],
                spanId: remote[1],
                traceFlags: remote[2],
                isRemote: true,
              });
        tracer.startActiveSpan('root', { attributes }, around, (root: Span) => {
          if (asksFirst) root.spanContext();
          tracer.trace('child', (child) => {
            if (event !== undefined) child.addEvent('e', event).addLink({ context: root.spanContext() });
            child.setStatus({ code: 2, message: 'no' });
          });
          root.end();
        });
        expect(ended()).toHaveLength(2);
        const byFields = bytesOf(...ended());
        expect(byFields).toBe(bytesOf(...ended().map(copyOf)));
      }),
    );
  });

  it('says what a processor made it say, however it did that', () => {
    const { tracer, ended } = setup();
    for (let i = 0; i < 4; i++)
      tracer.startSpan('s', { attributes: { 'user.email': 'secret@example.com' } }).end();
    const [inherited, proxied, defined, changed] = ended();
    const attributes = { 'user.email': 'REDACTED' };
    const redacted = [
      Object.create(inherited!, { attributes: { value: attributes } }) as ReadableSpan,
      new Proxy(proxied!, {
        get: (target, key) => (key === 'attributes' ? attributes : Reflect.get(target, key, target)),
      }),
      Object.defineProperty(defined!, 'attributes', { value: attributes }),
      changed!,
    ];
    changed!.attributes['user.email'] = 'REDACTED';
    for (const span of redacted) {
      const bytes = bytesOf(span);
      expect(bytes).toContain('REDACTED');
      expect(bytes).not.toContain('secret');
    }
  });
});
