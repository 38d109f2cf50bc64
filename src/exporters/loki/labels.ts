import { truncate } from '../../common/attributes.js';
import type { Diagnostics } from '../../common/diagnostics.js';
import { invalidOption } from '../../common/errors.js';
import { checkArray, checkString } from '../../common/options.js';
import type { AnyValue, ReadableLogRecord } from '../../logs/readable-log-record.js';
import { levelOf, textOf } from '../record-json.js';

export interface LokiLabelOptions {
  owner: string;
  fixed: Record<string, string> | undefined;
  from: readonly string[] | undefined;
  /** Distinct values of one label at most. */
  maxValues: number;
  diagnostics: Diagnostics;
}

/** Loki takes 15 labels a stream by default, and makes one of its own (`service_name`, where it is missing). */
const MAX_LABELS = 14;

/** Loki takes 2,048 bytes; a label that long is a mistake, and four bytes is the most a character takes. */
const MAX_VALUE = 500;

const DEFAULT_FROM = ['service.name', 'service.namespace', 'deployment.environment.name'];

/** Gives the labels of a record. Each label takes on a bounded number of values, whatever comes. */
export function lokiLabels(options: LokiLabelOptions): (record: ReadableLogRecord) => Record<string, string> {
  const { owner, fixed = {}, maxValues, diagnostics } = options;
  if (fixed === null || typeof fixed !== 'object') {
    throw invalidOption(owner, 'labels', fixed, 'an object of strings');
  }
  for (const [name, value] of Object.entries(fixed)) {
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) || name.startsWith('__')) {
      throw invalidOption(owner, 'labels', name, 'names of letters, digits and underscores, no two in front');
    }
    checkString(owner, `labels.${name}`, value, '');
  }
  checkArray(owner, 'labelsFrom', options.from, (name, path) => checkString(owner, path, name, ''));
  const from = (options.from ?? DEFAULT_FROM).map((key) => {
    const name = lokiName(key);
    return { key, name, bounded: bounded(name) };
  });
  // Records of OpenTelemetry's API may call their severity what they like.
  const boundedLevel = bounded('level');
  const count = new Set([...Object.keys(fixed), ...from.map(({ name }) => name), 'level']).size;
  if (count > MAX_LABELS) {
    throw invalidOption(owner, 'labelsFrom', options.from, `at most ${MAX_LABELS} labels in all`);
  }

  return (record) => {
    const labels: Record<string, string> = {};
    for (const { key, name, bounded } of from) {
      const value: AnyValue = record.attributes?.[key] ?? (record.resource?.attributes?.[key] as AnyValue);
      if (value !== undefined && value !== null && value !== '') labels[name] = bounded(textOf(value));
    }
    labels.level = boundedLevel(levelOf(record));
    return Object.assign(labels, fixed);
  };

  /** The first so many values of a label as they are, further ones as `other`. */
  function bounded(name: string): (text: string) => string {
    const values = new Set<string>();
    return (text) => {
      const value = truncate(text, MAX_VALUE);
      if (values.has(value)) return value;
      if (values.size < maxValues) {
        values.add(value);
        return value;
      }
      diagnostics.report(
        'loki_label_values',
        name,
        `the Loki label ${name} has more than ${maxValues} values; further ones are sent as "other"`,
      );
      return 'other';
    };
  }
}

/** A name that Loki takes: letters, digits and underscores, no digit in front. */
export function lokiName(key: string): string {
  const name = key.replace(/[^a-zA-Z0-9_]/g, '_');
  return /^[0-9]/.test(name) ? `_${name}` : name;
}
