import { ROOT_CONTEXT, type SpanContext, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TelltaleError } from '../../../src/common/errors.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import {
  alwaysOff,
  alwaysOn,
  parentBased,
  rateLimited,
  type Sampler,
  traceIdRatio,
} from '../../../src/trace/index.js';
import { setup } from '../support.js';

const DROP = 0;
const SAMPLE = 2;

const hexId = (length: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
    .map((digits) => digits.join(''))
    .filter((id) => /[1-9a-f]/.test(id));
const traceIds = hexId(32);

function decide(sampler: Sampler, traceId = 'a'.repeat(32), parent?: Partial<SpanContext>): number {
  const context =
    parent === undefined
      ? ROOT_CONTEXT
      : trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId: 'b'.repeat(16), traceFlags: 0, ...parent });
  return sampler.shouldSample(context, traceId, 's', 0, {}, []).decision;
}

describe('alwaysOn and alwaysOff', () => {
  it('do what they say', () => {
    expect(decide(alwaysOn(), undefined, { traceFlags: 0 })).toBe(SAMPLE);
    expect(decide(alwaysOff(), undefined, { traceFlags: 1 })).toBe(DROP);
    expect([String(alwaysOn()), String(alwaysOff())]).toEqual(['AlwaysOn', 'AlwaysOff']);
  });
});

describe('traceIdRatio', () => {
  it('decides by the last 56 bits of the id alone', () => {
    const half = traceIdRatio(0.5);
    expect(decide(half, `${'f'.repeat(18)}7fffffffffffff`)).toBe(DROP);
    expect(decide(half, `${'0'.repeat(18)}80000000000000`)).toBe(SAMPLE);
    expect(String(half)).toBe('TraceIdRatio{0.5}');
  });

  it('keeps with a higher ratio whatever it keeps with a lower one; 0 keeps none and 1 all', () => {
    const ratio = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(traceIds, ratio, ratio, (id, a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        expect(decide(traceIdRatio(low), id)).toBeLessThanOrEqual(decide(traceIdRatio(high), id));
        expect(decide(traceIdRatio(0), id)).toBe(DROP);
        expect(decide(traceIdRatio(1), id)).toBe(SAMPLE);
      }),
    );
    expect(decide(traceIdRatio(0), 'f'.repeat(32))).toBe(DROP);
  });

  it('keeps its share of the traces that begin here', () => {
    const { tracer } = setup({ sampler: traceIdRatio(0.2) });
    let kept = 0;
    for (let i = 0; i < 20_000; i++) if (tracer.startSpan('s').isRecording()) kept++;
    // Three standard errors of 20,000 draws at 0.2.
    expect(Math.abs(kept - 4000)).toBeLessThan(170);
  });

  it('decides the same for the tracer and by the interface', () => {
    const sampler = traceIdRatio(0.5);
    const { tracer } = setup({ sampler });
    for (let i = 0; i < 200; i++) {
      const span = tracer.startSpan('s');
      expect(decide(sampler, span.spanContext().traceId)).toBe(span.isRecording() ? SAMPLE : DROP);
    }
  });

  it('drops what has no valid id', () => {
    expect(decide(traceIdRatio(1), 'zz')).toBe(DROP);
  });

  it('takes a ratio from 0 to 1', () => {
    for (const wrong of [-0.1, 1.1, Number.NaN, '1', undefined]) {
      expect(() => traceIdRatio(wrong as number)).toThrow(TelltaleError);
    }
    expect(() => traceIdRatio(2)).toThrow('traceIdRatio: ratio is 2; accepted: a number from 0 to 1');
  });
});

describe('parentBased', () => {
  const sampled = { traceFlags: 1 };
  const remote = { isRemote: true };

  it('follows the parent, and asks the root sampler where there is none', () => {
    for (const root of [alwaysOn(), alwaysOff()]) {
      const sampler = parentBased(root);
      expect(decide(sampler)).toBe(decide(root));
      expect(decide(sampler, undefined, { traceId: 'bad' })).toBe(decide(root));
      expect(decide(sampler, undefined, sampled)).toBe(SAMPLE);
      expect(decide(sampler, undefined, {})).toBe(DROP);
      expect(decide(sampler, undefined, { ...sampled, ...remote })).toBe(SAMPLE);
      expect(decide(sampler, undefined, remote)).toBe(DROP);
    }
  });

  it('lets each case be decided by another, also by samplers of others', () => {
    const foreign: Sampler = { shouldSample: () => ({ decision: 1 }), toString: () => 'Foreign' };
    for (const [option, parent] of [
      ['remoteParentSampled', { ...sampled, ...remote }],
      ['remoteParentNotSampled', remote],
      ['localParentSampled', sampled],
      ['localParentNotSampled', {}],
    ] as const) {
      expect(decide(parentBased(alwaysOn(), { [option]: foreign }), undefined, parent)).toBe(1);
    }
    expect(decide(parentBased(foreign))).toBe(1);
    expect(String(parentBased(foreign))).toBe(
      'ParentBased{root=Foreign, remoteParentSampled=AlwaysOn, remoteParentNotSampled=AlwaysOff, ' +
        'localParentSampled=AlwaysOn, localParentNotSampled=AlwaysOff}',
    );
  });

  it('decides the same for the tracer and by the interface', () => {
    const flags = fc.constantFrom(0, 1, 2, 3);
    fc.assert(
      fc.property(traceIds, flags, fc.boolean(), fc.boolean(), (traceId, traceFlags, isRemote, inverted) => {
        const options = inverted
          ? { localParentSampled: alwaysOff(), remoteParentNotSampled: traceIdRatio(0.5) }
          : {};
        const sampler = parentBased(alwaysOn(), options);
        const { tracer } = setup({ sampler });
        const parent = { traceId, spanId: 'b'.repeat(16), traceFlags, isRemote };
        const span = tracer.startSpan('s', {}, trace.setSpanContext(ROOT_CONTEXT, parent));
        expect(span.isRecording()).toBe(decide(sampler, traceId, parent) === SAMPLE);
        expect(span.spanContext().traceFlags & 1).toBe(span.isRecording() ? 1 : 0);
      }),
    );
  });

  it('names what is wrong', () => {
    expect(() => parentBased(undefined as never)).toThrow(/parentBased: root is undefined/);
    expect(() => parentBased(alwaysOn(), { remoteParentSampled: {} as never })).toThrow(
      /remoteParentSampled/,
    );
    expect(() => parentBased(alwaysOn(), { remote: alwaysOn() } as never)).toThrow(/unknown option "remote"/);
  });
});

describe('rateLimited', () => {
  it('lets a burst through, and then so many a second', () => {
    const clock = new FakeClock();
    const sampler = rateLimited(10, { burst: 3, clock });
    const passed = (n: number) => Array.from({ length: n }, () => decide(sampler)).filter(Boolean).length;
    expect(passed(10)).toBe(3);
    clock.advanceSync(100);
    expect(passed(10)).toBe(1);
    clock.advanceSync(60_000);
    expect(passed(10)).toBe(3);
    expect(String(sampler)).toBe('RateLimited{10/s, burst 3}');
  });

  it('never passes more than the burst and the rate allow, however calls are spread', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(gaps, fc.double({ min: 0.1, max: 50, noNaN: true }), (times, rate) => {
        const clock = new FakeClock();
        const sampler = rateLimited(rate, { clock });
        let passed = 0;
        for (const gap of times) {
          clock.advanceSync(gap);
          if (decide(sampler) === SAMPLE) passed++;
        }
        expect(passed).toBeLessThanOrEqual(Math.max(1, rate) + (clock.monotonic() / 1000) * rate + 1e-6);
      }),
    );
  });

  it('counts traces, not spans, as the root of parentBased', () => {
    const clock = new FakeClock();
    const { tracer, ended } = setup({ clock, sampler: parentBased(rateLimited(2, { clock })) });
    for (let i = 0; i < 5; i++) tracer.trace('root', () => tracer.trace('child', () => {}));
    expect(ended().map(({ name }) => name)).toEqual(['child', 'root', 'child', 'root']);
  });

  it('of 0 samples nothing', () => {
    expect(decide(rateLimited(0))).toBe(DROP);
  });

  it('names what is wrong', () => {
    expect(() => rateLimited(-1)).toThrow('rateLimited: perSecond is -1; accepted: a number of at least 0');
    expect(() => rateLimited(Infinity)).toThrow(TelltaleError);
    expect(() => rateLimited(1, { burst: 0 })).toThrow(/burst is 0/);
    expect(() => rateLimited(undefined as never)).toThrow(/perSecond is undefined/);
  });
});

describe('a sampler of others', () => {
  it('is asked as OpenTelemetry asks, and its attributes and trace state are kept', () => {
    const asked: unknown[][] = [];
    const traceState = {
      get: () => '1',
      serialize: () => 'a=1',
      set: () => traceState,
      unset: () => traceState,
    };
    const sampler: Sampler = {
      shouldSample(...args) {
        asked.push(args);
        return { decision: SAMPLE, attributes: { by: 'sampler', a: 2 }, traceState };
      },
    };
    const { tracer, last } = setup({ sampler });
    const links = [{ context: { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), traceFlags: 0 } }];
    const span = tracer.startSpan('s', { kind: 2, attributes: { a: 1 }, links }, ROOT_CONTEXT);
    span.end();
    const { traceId } = span.spanContext();
    expect(asked).toEqual([[ROOT_CONTEXT, traceId, 's', 2, { a: 1 }, links]]);
    expect(last().attributes).toEqual({ a: 2, by: 'sampler' });
    expect(span.spanContext().traceState).toBe(traceState);
  });

  it('can record without sampling: processors hear, exporters do not', () => {
    const heard: string[] = [];
    const { tracer, ended } = setup({
      sampler: { shouldSample: () => ({ decision: 1 }) },
      spanProcessors: [
        {
          onStart: (span) => void heard.push(span.name),
          onEnd() {},
          async forceFlush() {},
          async shutdown() {},
        },
      ],
    });
    const span = tracer.startSpan('s');
    expect([span.isRecording(), span.spanContext().traceFlags & 1]).toEqual([true, 0]);
    span.end();
    expect([heard, ended()]).toEqual([['s'], []]);
  });

  it('that throws or answers nonsense never reaches the caller: spans follow their parent, roots are dropped', () => {
    for (const answer of [undefined, {}, { decision: 7 }, 'throw']) {
      const sampler = {
        shouldSample() {
          if (answer === 'throw') throw new Error('broken');
          return answer as never;
        },
      };
      const { tracer, told } = setup({ sampler });
      expect(tracer.startSpan('root').isRecording()).toBe(false);
      for (const traceFlags of [0, 1]) {
        const parent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags };
        const child = tracer.startSpan('child', {}, trace.setSpanContext(ROOT_CONTEXT, parent));
        expect(child.isRecording()).toBe(traceFlags === 1);
      }
      expect(told.map(({ code }) => code)).toEqual(['sampler_failed']);
    }
  });
});
