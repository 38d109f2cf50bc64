import { stringify } from 'yaml';
import type { SloOptions } from './options.js';
import { type PrometheusRulesOptions, prometheusRuleGroups } from './prometheus-rules.js';
import type { SloTracker } from './tracker.js';

export { parseRuleFile } from '../query/rules/parse-rule-file.js';
export {
  type AlertRule,
  type RecordingRule,
  RuleFileError,
  type RuleGroup,
} from '../query/rules/rule-file.js';
export type { PrometheusRulesOptions } from './prometheus-rules.js';

/**
 * The rules of `prometheusRuleGroups`, as YAML of a rule file; `promtool check rules` accepts it.
 *
 * @throws TelltaleError for an objective that is wrong, with its path.
 */
export function prometheusRules(
  objectives: readonly (SloOptions | SloTracker)[],
  options: PrometheusRulesOptions = {},
): string {
  return stringify(
    { groups: prometheusRuleGroups(objectives, options) },
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
}
