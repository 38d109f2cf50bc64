import { describe, expect, it } from 'vitest';
import { TelltaleError } from '../../../src/common/errors.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import {
  adjustedCount,
  alwaysOff,
  alwaysOn,
  alwaysRecord,
  consistentProbability,
  limitedProbability,
  parentBased,
  rateLimited,
  samplingProbability,
} from '../../../src/trace/index.js';
import { setup } from '../support.js';
import { ask, DROP, RECORD, SAMPLE, stateOf } from './ask.js';

describe('rateLimited', () => {
  it('lets a kept trace stand for those refused before it', () => {
    const clock = new FakeClock();
    const { tracer, ended } = setup({ clock, sampler: parentBased(rateLimited(1, { clock })) });
    for (let second = 0; second < 3; second++) {
      for (let i = 0; i < 4; i++) tracer.trace('root', () => tracer.trace('child', () => {}));
      clock.advanceSync(1000);
    }
    expect(ended().map(({ name }) => name)).toEqual(['child', 'root', 'child', 'root', 'child', 'root']);
    expect(ended().map(adjustedCount)).toEqual([1, 1, 4, 4, 4, 4]);
    expect(samplingProbability(ended()[2]!)).toBe(0.25);
    expect(ended()[3]!.attributes).toEqual({ 'sampling.probability': 0.25 });
    expect(ended()[2]!.spanContext().traceState!.serialize()).toBe('telltale=p:0.25');
  });

  it('claims no threshold, and takes out that of another decision', () => {
    const result = ask(rateLimited(1), { state: 'ot=th:8;rv:00000000000001,a=b' });
    expect(stateOf(result)).toBe('telltale=p:1,ot=rv:00000000000001,a=b');
  });
});

describe('limitedProbability', () => {
  it('is the probability, as far as the bucket allows', () => {
    const clock = new FakeClock();
    const sampler = limitedProbability(0.5, 1, { clock });
    const high = { traceId: 'f'.repeat(32) };
    const low = { traceId: `${'f'.repeat(18)}1${'0'.repeat(13)}` };
    expect(ask(sampler, low).decision).toBe(DROP);
    expect(samplingProbabilityOf(ask(sampler, high))).toBe(0.5);
    expect(ask(sampler, high).decision).toBe(DROP);
    expect(ask(sampler, low).decision).toBe(DROP);
    clock.advanceSync(1000);
    expect(samplingProbabilityOf(ask(sampler, high))).toBe(0.25);
  });

  it('names what is wrong', () => {
    expect(() => limitedProbability(1.5, 1)).toThrow(
      'limitedProbability: probability is 1.5; accepted: a number from 0 to 1',
    );
    expect(() => limitedProbability(0.5, -1)).toThrow(/perSecond is -1/);
    expect(() => limitedProbability(0.5, 1, { burst: 0 })).toThrow(TelltaleError);
    expect(ask(limitedProbability(0, 5)).decision).toBe(DROP);
    expect(String(limitedProbability(0.5, 2))).toBe('LimitedProbability{0.5, 2/s, burst 2}');
  });
});

describe('alwaysRecord', () => {
  it('records what the sampler drops, and lets pass what it samples', () => {
    expect(ask(alwaysRecord(alwaysOff())).decision).toBe(RECORD);
    expect(ask(alwaysRecord(alwaysOn())).decision).toBe(SAMPLE);
    const low = ask(alwaysRecord(consistentProbability(0.5)), {
      traceId: `${'0'.repeat(31)}1`,
      state: 'ot=th:0',
    });
    expect([low.decision, stateOf(low)]).toEqual([RECORD, '']);
    expect(String(alwaysRecord(alwaysOff()))).toBe('AlwaysRecord{AlwaysOff}');
    expect(() => alwaysRecord(5 as never)).toThrow(/alwaysRecord: sampler is 5/);
  });

  it('shows processors every span, and exporters the sampled ones', () => {
    const heard: string[] = [];
    const { tracer, ended } = setup({
      sampler: alwaysRecord(parentBased(alwaysOff())),
      spanProcessors: [
        {
          onStart() {},
          onEnd: (span) => void heard.push(span.name),
          async forceFlush() {},
          async shutdown() {},
        },
      ],
    });
    tracer.trace('root', () => tracer.trace('child', () => {}));
    expect([heard, ended()]).toEqual([['child', 'root'], []]);
  });
});

function samplingProbabilityOf(result: ReturnType<typeof ask>): unknown {
  expect(result.decision).toBe(SAMPLE);
  return result.attributes!['sampling.probability'];
}
