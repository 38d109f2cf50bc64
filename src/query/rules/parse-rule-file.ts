import { parse } from 'yaml';
import { messageOf } from '../../common/diagnostics.js';
import { RuleFileError, type RuleGroup, readRuleGroups } from './rule-file.js';

/**
 * Reads the text of a Prometheus rule file, which is YAML. Throws a `RuleFileError` at the first thing that Prometheus
 * would not accept.
 *
 * Spec: https://prometheus.io/docs/prometheus/3.5/configuration/recording_rules/
 */
export function parseRuleFile(yaml: string): RuleGroup[] {
  let document: unknown;
  try {
    document = parse(yaml);
  } catch (error) {
    throw new RuleFileError(messageOf(error), { cause: error });
  }
  return readRuleGroups(document);
}
