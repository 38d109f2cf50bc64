import { ROOT_CONTEXT } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/common/random.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import {
  adaptive,
  adjustedCount,
  consistentProbability,
  forceKeep,
  forcible,
  limitedProbability,
  parentBased,
  parentThreshold,
  type ReadableSpan,
  rateLimited,
  rules,
  type Sampler,
  traceIdRatio,
} from '../../../src/trace/index.js';
import { setup } from '../support.js';

/** `ESTIMATE_SEEDS=50` looks at more traffic. */
const SEEDS = Number(process.env.ESTIMATE_SEEDS ?? 2);

const ROUTES = ['/', '/cart', '/orders/:id', '/search'];
/** Up to which number between 0 and 1 a draw means each: the last is asked for once in a hundred times. */
const LIMITS = [0.7, 0.9, 0.99, 1];

/**
 * Traffic by chance: 30 seconds of bursts and calm, each trace with a child. What was made of each route, and
 * what the spans that were kept say was made.
 */
function observe(makeSampler: (clock: FakeClock) => Sampler, seed = 0) {
  const clock = new FakeClock();
  const chance = seededRandom(11 + 7919 * seed);
  const spans: ReadableSpan[] = [];
  const { tracer } = setup({
    clock,
    random: seededRandom(5 + 104_729 * seed),
    sampler: makeSampler(clock),
    spanProcessors: [
      {
        onStart() {},
        onEnd: (span) => void ((span.spanContext().traceFlags & 1) === 1 && spans.push(span)),
        async forceFlush() {},
        async shutdown() {},
      },
    ],
  });
  const made = new Map(ROUTES.map((route) => [route, 0]));
  for (let step = 0; step < 3000; step++) {
    const busy = Math.floor(step / 500) % 2 === 0 ? 24 : 4;
    const arrivals = Math.floor(chance.float() * busy);
    for (let i = 0; i < arrivals; i++) {
      const draw = chance.float();
      const route = ROUTES[LIMITS.findIndex((limit) => draw < limit)]!;
      made.set(route, made.get(route)! + 1);
      const forced = chance.float() < 0.01 ? forceKeep(ROOT_CONTEXT) : ROOT_CONTEXT;
      const work = () => tracer.trace('child', { attributes: { route } }, () => {});
      tracer.startActiveSpan(`GET ${route}`, { attributes: { route } }, forced, (span) => {
        work();
        span.end();
      });
    }
    clock.advanceSync(10);
  }
  return { made, spans };
}

const samplers: [string, (clock: FakeClock) => Sampler][] = [
  ['traceIdRatio', () => parentBased(traceIdRatio(0.1))],
  ['consistentProbability', () => parentThreshold(consistentProbability(0.03))],
  ['rateLimited', (clock) => parentBased(rateLimited(50, { clock }))],
  ['limitedProbability', (clock) => parentBased(limitedProbability(0.2, 40, { clock }))],
  ['adaptive', (clock) => parentBased(adaptive(10, { clock }))],
  [
    'rules',
    (clock) =>
      parentBased(
        rules(
          [
            { name: 'GET /cart', sampler: consistentProbability(0.3) },
            { name: 'GET /', sampler: rateLimited(20, { clock }) },
          ],
          adaptive(5, { clock }),
        ),
      ),
  ],
  ['forcible', () => forcible(parentBased(consistentProbability(0.05)))],
];

describe('counts re-weighted by what stands on the spans', () => {
  it.each(samplers)('are within 3 standard errors of the truth: %s', (_, makeSampler) => {
    const outliers: string[] = [];
    let estimates = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      const { made, spans } = observe(makeSampler, seed);
      const overall = spans.map(adjustedCount);
      /** How much each span that was made adds to the variance, on average. */
      const perSpan = varianceOf(overall) / sumOf(overall);
      // (A root is kept exactly when its child is: the second estimate would be the first again.)
      for (const route of ROUTES) {
        const kept = spans.filter(({ name, attributes }) => attributes.route === route && name !== 'child');
        const children = spans.filter(
          ({ name, attributes }) => attributes.route === route && name === 'child',
        );
        const weights = kept.map(adjustedCount);
        expect(sumOf(children.map(adjustedCount))).toBeCloseTo(sumOf(weights), 6);
        expect(kept.length).toBeLessThanOrEqual(made.get(route)!);
        // The variance of the Horvitz-Thompson estimator, estimated from the sample. A handful of spans cannot tell how
        // uncertain their sum is: where chance kept 1 of 176 and not 5, the error would be put at 33 and is 75. There it
        // is worked out from all spans that were kept.
        const own = varianceOf(weights);
        const variance = kept.length < 100 ? Math.max(own, made.get(route)! * perSpan) : own;
        const error = Math.sqrt(Math.max(variance, 1));
        const distance = (sumOf(weights) - made.get(route)!) / error;
        estimates++;
        if (Math.abs(distance) >= 3) outliers.push(`seed ${seed}, ${route}: ${distance.toFixed(2)}`);
      }
    }
    // Chance oversteps three standard errors once in 370 times; sums of few heavy weights are skewed, and somewhat more.
    expect(outliers.length, outliers.join('; ')).toBeLessThanOrEqual(estimates < 50 ? 0 : estimates / 100);
  });

  it('are thinned at all', () => {
    for (const [name, makeSampler] of samplers) {
      const { made, spans } = observe(makeSampler);
      const all = [...made.values()].reduce((sum, count) => sum + count, 0);
      expect(spans.length / 2 / all, name).toBeLessThan(0.5);
      expect(spans.length, name).toBeGreaterThan(100);
    }
  });
});

function sumOf(weights: readonly number[]): number {
  return weights.reduce((sum, weight) => sum + weight, 0);
}

function varianceOf(weights: readonly number[]): number {
  return weights.reduce((sum, weight) => sum + weight * (weight - 1), 0);
}
