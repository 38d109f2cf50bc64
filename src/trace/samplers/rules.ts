import { Diagnostics } from '../../common/diagnostics.js';
import { invalidOption } from '../../common/errors.js';
import { checkArray, checkOptions } from '../../common/options.js';
import { checkSampler } from './checks.js';
import { type SamplingRule, type SpanTest, testOf } from './rule.js';
import { type Asked, askSampler, OwnSampler, type Sampler, type SamplingResult } from './sampler.js';

export interface RulesOptions {
  /** Told of functions of yours that throw; their rule then does not match. */
  diagnostics?: Diagnostics;
}

class Rules extends OwnSampler {
  readonly #tests: readonly SpanTest[];
  /** One for each test, and the one for spans that no rule matches. */
  readonly #samplers: readonly Sampler[];
  readonly #diagnostics: Diagnostics;

  constructor(tests: readonly SpanTest[], samplers: readonly Sampler[], diagnostics: Diagnostics) {
    super();
    this.#tests = tests;
    this.#samplers = samplers;
    this.#diagnostics = diagnostics;
  }

  judge(asked: Asked): SamplingResult {
    const tests = this.#tests;
    let i = 0;
    while (i < tests.length && !this.#matches(tests[i]!, asked, i)) i++;
    return askSampler(this.#samplers[i]!, asked);
  }

  toString(): string {
    const [otherwise, ...samplers] = [...this.#samplers].reverse();
    return `Rules{${samplers.reverse().join(', ')}; otherwise ${otherwise}}`;
  }

  #matches(test: SpanTest, asked: Asked, i: number): boolean {
    try {
      return test(asked);
    } catch (error) {
      this.#diagnostics.report(
        'sampler_failed',
        `rules[${i}]`,
        `rule ${i} of a sampler failed; it does not match`,
        error,
      );
      return false;
    }
  }
}

/**
 * Lets the first rule that matches a span's start say which sampler decides; `otherwise` decides where none does.
 * The list is copied: later changes to it are not seen. Use it as the root of `parentBased`, so that traces are
 * decided whole, where they begin.
 *
 * ```ts
 * parentBased(
 *   rules(
 *     [
 *       { name: 'GET /healthz', sampler: alwaysOff() },
 *       { route: '/checkout/*', sampler: alwaysOn() },
 *       { kind: 'consumer', attributes: { 'messaging.destination.name': 'audit' }, sampler: rateLimited(5) },
 *     ],
 *     consistentProbability(0.05),
 *   ),
 * );
 * ```
 *
 * @throws TelltaleError that names the path of what is wrong, such as `rules[1].sampler`
 */
export function rules(
  list: readonly SamplingRule[],
  otherwise: Sampler,
  options: RulesOptions = {},
): Sampler {
  checkOptions('rules', options, ['diagnostics']);
  if (!Array.isArray(list)) throw invalidOption('rules', 'rules', list, 'an array of rules');
  const tests: SpanTest[] = [];
  const samplers: Sampler[] = [];
  checkArray('rules', 'rules', list, (rule: SamplingRule, path) => {
    tests.push(testOf('rules', path, rule));
    samplers.push(checkSampler('rules', `${path}.sampler`, rule.sampler));
  });
  samplers.push(checkSampler('rules', 'otherwise', otherwise));
  return new Rules(tests, samplers, options.diagnostics ?? new Diagnostics());
}
