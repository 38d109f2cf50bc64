import { messageOf } from '../../common/diagnostics.js';
import { parseDuration } from '../duration.js';
import { isValidLabelName, METRIC_NAME } from '../labels.js';
import { parsePromql } from '../promql/parser.js';

/** A rule that records the value of an expression as new series. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** An alerting rule, as it was written. This floor evaluates recording rules; alerts are another's business. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly for: number;
  readonly keepFiringFor: number;
}

export interface RuleGroup {
  readonly name: string;
  /** Milliseconds; `undefined` for the default of whoever evaluates. */
  readonly interval: number | undefined;
  /** Series that one rule may give; 0 for any number. */
  readonly limit: number;
  /** Milliseconds by which the group is evaluated for an earlier moment. */
  readonly queryOffset: number;
  /** Put on every result; a rule's own labels win. */
  readonly labels: Readonly<Record<string, string>>;
  readonly rules: readonly (RecordingRule | AlertRule)[];
}

/** A rule file that cannot be used: where, and why. */
export class RuleFileError extends Error {
  override readonly name = 'RuleFileError';
}

/**
 * Reads the content of a Prometheus rule file, as it stands in YAML or JSON: `{ groups: [{ name, rules }] }`. Throws a
 * `RuleFileError` at the first thing that Prometheus would not accept. `parseRuleFile` of `telltale/rules` takes the
 * text of the file.
 *
 * Spec: https://prometheus.io/docs/prometheus/3.5/configuration/recording_rules/
 */
export function readRuleGroups(document: unknown): RuleGroup[] {
  const root = asRecord(document ?? {}, 'the file', ['groups']);
  const groups = asList(root.groups ?? [], 'groups').map(readGroup);
  const names = new Set<string>();
  for (const { name } of groups) {
    if (names.has(name)) throw new RuleFileError(`groupname: "${name}" is repeated in the same file`);
    names.add(name);
  }
  return groups;
}

function readGroup(given: unknown, index: number): RuleGroup {
  const known = ['name', 'interval', 'limit', 'query_offset', 'labels', 'rules'];
  const group = asRecord(given, `groups[${index}]`, known);
  const name = asText(group.name, `groups[${index}].name`);
  const at = `group "${name}"`;
  const { limit = 0 } = group;
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 0) {
    throw new RuleFileError(
      `${at}: limit is ${JSON.stringify(limit)}; accepted: a whole number of at least 0`,
    );
  }
  return {
    name,
    limit,
    interval: group.interval === undefined ? undefined : asDuration(group.interval, `${at}: interval`),
    queryOffset: asDuration(group.query_offset ?? '0s', `${at}: query_offset`),
    labels: asLabels(group.labels, `${at}: labels`),
    rules: asList(group.rules ?? [], `${at}: rules`).map((rule, i) => readRule(rule, `${at}, rule ${i + 1}`)),
  };
}

function readRule(given: unknown, at: string): RecordingRule | AlertRule {
  const known = ['record', 'alert', 'expr', 'for', 'keep_firing_for', 'labels', 'annotations'];
  const rule = asRecord(given, at, known);
  if ((rule.record === undefined) === (rule.alert === undefined)) {
    throw new RuleFileError(`${at}: exactly one of record and alert must be set`);
  }
  const expr = asText(rule.expr, `${at}: expr`);
  try {
    parsePromql(expr, { experimental: true });
  } catch (error) {
    throw new RuleFileError(`${at}: could not parse expression: ${messageOf(error)}`, { cause: error });
  }
  const labels = asLabels(rule.labels, `${at}: labels`);
  if (rule.alert !== undefined) {
    return {
      alert: asText(rule.alert, `${at}: alert`),
      expr,
      labels,
      annotations: asLabels(rule.annotations, `${at}: annotations`),
      for: asDuration(rule.for ?? '0s', `${at}: for`),
      keepFiringFor: asDuration(rule.keep_firing_for ?? '0s', `${at}: keep_firing_for`),
    };
  }
  for (const field of ['for', 'keep_firing_for', 'annotations']) {
    if (rule[field] !== undefined)
      throw new RuleFileError(`${at}: invalid field "${field}" in recording rule`);
  }
  const record = asText(rule.record, `${at}: record`);
  if (!isValidLabelName(record)) throw new RuleFileError(`${at}: invalid recording rule name: ${record}`);
  return { record, expr, labels };
}

function asRecord(value: unknown, at: string, known: readonly string[]): Record<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new RuleFileError(`${at} must be a mapping`);
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key))
      throw new RuleFileError(`${at}: unknown field "${key}"; accepted: ${known.join(', ')}`);
  }
  return value as Record<string, unknown>;
}

function asList(value: unknown, at: string): unknown[] {
  if (!Array.isArray(value)) throw new RuleFileError(`${at} must be a list`);
  return value;
}

/** YAML reads `1` as a number and `yes` as a word; both were meant as text. */
function asText(value: unknown, at: string): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string' && value !== '') return value;
  throw new RuleFileError(`${at} must be a text that is not empty`);
}

function asDuration(value: unknown, at: string): number {
  const ms = typeof value === 'number' ? parseDuration(String(value)) : parseDuration(asText(value, at));
  if (ms === undefined)
    throw new RuleFileError(`${at}: not a valid duration string: ${JSON.stringify(value)}`);
  return ms;
}

function asLabels(value: unknown, at: string): Record<string, string> {
  const labels: Record<string, string> = {};
  if (value === undefined || value === null) return labels;
  if (typeof value !== 'object' || Array.isArray(value)) throw new RuleFileError(`${at} must be a mapping`);
  for (const [name, text] of Object.entries(value)) {
    if (!isValidLabelName(name) || name === METRIC_NAME)
      throw new RuleFileError(`${at}: invalid label name: ${name}`);
    labels[name] = text === '' ? '' : asText(text, `${at}.${name}`);
  }
  return labels;
}
