import { stringify } from 'yaml';
import type { TailSamplingConfig, TailSamplingPolicy } from './config.js';
import { readTailSampling } from './read-config.js';

export interface WriteTailSamplingOptions {
  /**
   * Write for a Collector: policies of telltale's own are left out, with a comment that says which, and everything
   * stands under `processors`. Default false.
   */
  collector?: boolean;
}

/**
 * A configuration as YAML, which `readTailSampling` reads again.
 *
 * ```ts
 * await writeFile('collector.yaml', writeTailSampling(config, { collector: true }));
 * ```
 *
 * @throws TelltaleError where the configuration is wrong
 */
export function writeTailSampling(
  given: TailSamplingConfig | string,
  options: WriteTailSamplingOptions = {},
): string {
  const config = readTailSampling(given);
  if (options.collector !== true) return stringify(config);
  const left: string[] = [];
  const policies = config.policies.filter((policy) => {
    const own = ownPolicies(policy);
    left.push(
      ...own.map((type) => `# Left out: the policy "${policy.name}", for a Collector has no ${type}.\n`),
    );
    return own.length === 0;
  });
  return left.join('') + stringify({ processors: { tail_sampling: { ...config, policies } } });
}

/** The types among a policy and those below it that only telltale has. */
function ownPolicies(policy: TailSamplingPolicy): string[] {
  const own = policy.type.startsWith('telltale_') ? [policy.type] : [];
  return [...own, ...below(policy).flatMap(ownPolicies)];
}

function below(policy: TailSamplingPolicy): readonly TailSamplingPolicy[] {
  switch (policy.type) {
    case 'not':
      return [policy.not.not_sub_policy];
    case 'and':
      return policy.and.and_sub_policy;
    case 'drop':
      return policy.drop.drop_sub_policy;
    case 'composite':
      return policy.composite.composite_sub_policy;
    default:
      return [];
  }
}
