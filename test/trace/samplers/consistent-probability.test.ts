import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TelltaleError } from '../../../src/common/errors.js';
import {
  adjustedCount,
  alwaysOff,
  alwaysOn,
  consistentProbability,
  parentThreshold,
  samplingProbability,
  traceIdRatio,
} from '../../../src/trace/index.js';
import { setup } from '../support.js';
import { ask, DROP, SAMPLE, stateOf, traceIds } from './ask.js';

/** The table of OpenTelemetry's specification: one in so many, the threshold with four digits. */
const TABLE: [number, string][] = [
  [1, '0'],
  [2, '8'],
  [3, 'aaab'],
  [4, 'c'],
  [5, 'cccd'],
  [8, 'e'],
  [10, 'e666'],
  [16, 'f'],
  [100, 'fd70a'],
  [1000, 'ffbe77'],
  [10_000, 'fff9724'],
  [100_000, 'ffff583a'],
  [1_000_000, 'ffffef39'],
];
const HIGHEST = `${'0'.repeat(18)}${'f'.repeat(14)}`;
const probabilities = fc.double({ min: 0, max: 1, noNaN: true });

describe('consistentProbability', () => {
  it.each(TABLE)("of one in %d writes the specification's threshold %s", (count, th) => {
    const result = ask(consistentProbability(1 / count), { traceId: HIGHEST });
    expect(result.decision).toBe(SAMPLE);
    expect(stateOf(result)).toBe(`ot=th:${th}`);
    expect(result.attributes!['sampling.probability']).toBeCloseTo(1 / count, 4);
  });

  it('keeps a trace whose randomness is no less than the threshold', () => {
    const tenth = consistentProbability(0.1);
    expect(ask(tenth, { traceId: `${'f'.repeat(18)}e6660000000000` }).decision).toBe(SAMPLE);
    expect(ask(tenth, { traceId: `${'f'.repeat(18)}e665ffffffffff` }).decision).toBe(DROP);
  });

  it('goes by the random value that travels with the trace, and passes it on', () => {
    const tenth = consistentProbability(0.1);
    const traceId = 'f'.repeat(32);
    const low = ask(tenth, { traceId, state: 'ot=rv:e665ffffffffff;th:0,other=1' });
    expect(low.decision).toBe(DROP);
    expect(stateOf(low)).toBe('ot=rv:e665ffffffffff,other=1');
    const high = ask(tenth, {
      traceId: `${'0'.repeat(31)}1`,
      state: 'other=1,ot=th:1;rv:e666000000000f;x:y',
    });
    expect(high.decision).toBe(SAMPLE);
    expect(stateOf(high)).toBe('ot=th:e666;rv:e666000000000f;x:y,other=1');
  });

  it('ignores what is malformed in the trace state', () => {
    for (const rv of ['123', 'zzzzzzzzzzzzzz', '123456789012345', '']) {
      const state = rv === '' ? 'ot=rv' : `ot=rv:${rv}`;
      expect(ask(consistentProbability(0.5), { traceId: HIGHEST, state }).decision).toBe(SAMPLE);
    }
  });

  it('keeps with a higher probability whatever it keeps with a lower one', () => {
    fc.assert(
      fc.property(traceIds, probabilities, probabilities, (traceId, a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        const decisions = [low, high].map((p) => ask(consistentProbability(p), { traceId }).decision);
        expect(decisions[0]).toBeLessThanOrEqual(decisions[1]!);
      }),
    );
  });

  it('writes a threshold that says what was decided, and near the probability that was wanted', () => {
    fc.assert(
      fc.property(traceIds, fc.double({ min: 1e-10, max: 1, noNaN: true }), (traceId, probability) => {
        const result = ask(consistentProbability(probability), { traceId });
        if (result.decision === DROP) return;
        const th = stateOf(result)!.slice('ot=th:'.length).padEnd(14, '0');
        expect(BigInt(`0x${traceId.slice(18)}`)).toBeGreaterThanOrEqual(BigInt(`0x${th}`));
        const written = Number(2n ** 56n - BigInt(`0x${th}`)) / 2 ** 56;
        expect(Math.abs(written - probability) / probability).toBeLessThan(1e-3);
        expect(result.attributes!['sampling.probability']).toBeCloseTo(written, 12);
      }),
      { numRuns: 500 },
    );
  });

  it('lets every span of a trace be re-weighted, children too', () => {
    const { tracer, ended } = setup({ sampler: parentThreshold(consistentProbability(0.25)) });
    while (ended().length === 0) tracer.trace('root', () => tracer.trace('child', () => {}));
    const [child, root] = ended();
    expect([samplingProbability(root!), samplingProbability(child!)]).toEqual([0.25, 0.25]);
    expect([adjustedCount(root!), adjustedCount(child!)]).toEqual([4, 4]);
    expect(root!.attributes).toEqual({ 'sampling.probability': 0.25 });
    expect(child!.attributes).toEqual({});
    expect(child!.spanContext().traceState!.serialize()).toBe('ot=th:c');
  });

  it('refuses what is no probability', () => {
    for (const wrong of [-0.1, 1.1, Number.NaN, Infinity, '1', undefined, null]) {
      expect(() => consistentProbability(wrong as number)).toThrow(TelltaleError);
    }
    expect(() => consistentProbability(2)).toThrow(
      'consistentProbability: probability is 2; accepted: a number from 0 to 1',
    );
    expect(ask(consistentProbability(1e-300), { traceId: 'f'.repeat(32) }).decision).toBe(DROP);
    expect(ask(consistentProbability(2 ** -56), { traceId: 'f'.repeat(32) }).decision).toBe(SAMPLE);
    expect(String(consistentProbability(0.1))).toBe('ConsistentProbability{0.1}');
  });
});

describe('traceIdRatio', () => {
  it('marks what it keeps as consistentProbability does', () => {
    expect(stateOf(ask(traceIdRatio(0.1), { traceId: HIGHEST }))).toBe('ot=th:e666');
  });
});

describe('parentThreshold', () => {
  const sampler = parentThreshold(consistentProbability(0.5));
  const odd = `${'0'.repeat(18)}20000000000000`;

  it('asks the root sampler where there is no parent', () => {
    expect(ask(sampler, { traceId: HIGHEST }).decision).toBe(SAMPLE);
    expect(ask(sampler, { traceId: odd }).decision).toBe(DROP);
    expect(ask(parentThreshold(alwaysOff())).decision).toBe(DROP);
    expect(ask(parentThreshold(alwaysOn())).decision).toBe(SAMPLE);
  });

  it('follows the parent, and passes its threshold on', () => {
    for (const traceFlags of [0, 1]) {
      const result = ask(sampler, { traceId: odd, state: 'ot=th:1', parent: { traceFlags } });
      expect(result.decision).toBe(traceFlags === 1 ? SAMPLE : DROP);
      expect(stateOf(result)).toBe(traceFlags === 1 ? undefined : '');
    }
  });

  it('takes out a threshold that contradicts the sampled flag', () => {
    const result = ask(sampler, { traceId: odd, state: 'ot=th:8;k:v,other=1' });
    expect(result.decision).toBe(SAMPLE);
    expect(stateOf(result)).toBe('ot=k:v,other=1');
    const { tracer } = setup({ sampler });
    const parent = { traceId: odd, spanId: 'b'.repeat(16), traceFlags: 1, isRemote: true };
    const span = tracer.startSpan('s', {}, trace.setSpanContext(ROOT_CONTEXT, parent));
    expect(span.isRecording()).toBe(true);
  });

  it('names what is wrong', () => {
    expect(() => parentThreshold({} as never)).toThrow(/parentThreshold: root is {}/);
    expect(String(sampler)).toBe('ParentThreshold{root=ConsistentProbability{0.5}}');
  });
});

describe('adjustedCount', () => {
  it('reads what other SDKs wrote, and is 1 where nothing is known', () => {
    const span = (traceState: string | undefined, attributes = {}) => ({
      spanContext: () => ({
        traceId: 'a'.repeat(32),
        spanId: 'b'.repeat(16),
        traceFlags: 1,
        ...(traceState === undefined ? {} : { traceState: { get: () => traceState } as never }),
      }),
      attributes,
    });
    expect(adjustedCount(span('th:fd70a4'))).toBeCloseTo(100, 2);
    expect(adjustedCount(span('th:fd70a4'))).toBeCloseTo(100.00009536752259, 9);
    expect(adjustedCount(span('th:xyz'))).toBe(1);
    expect(adjustedCount(span('x'.repeat(300)))).toBe(1);
    expect(samplingProbability(span(undefined))).toBeUndefined();
    expect(samplingProbability(span(undefined, { 'sampling.probability': 0.2 }))).toBe(0.2);
    for (const odd of [0, -1, 2, Number.NaN, 'x']) {
      expect(samplingProbability(span(undefined, { 'sampling.probability': odd }))).toBeUndefined();
    }
  });
});
