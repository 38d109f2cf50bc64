import { invalidOption } from '../common/errors.js';
import { checkArray } from '../common/options.js';

/** Names follow https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels */
export function checkMetricName(owner: string, option: string, name: unknown): string {
  if (typeof name === 'string' && /^[a-z_:][\w:]*$/i.test(name)) return name;
  throw invalidOption(owner, option, name, 'letters, digits, _ and :, no digit first');
}

/** A label name; `reserved` are those that a metric's own lines use: `le`, `quantile`. */
export function checkLabelName(
  owner: string,
  option: string,
  name: unknown,
  reserved: readonly string[] = [],
): void {
  if (typeof name === 'string' && /^(?!__)[a-z_]\w*$/i.test(name) && !reserved.includes(name)) return;
  const accepted = ['letters, digits and _, no digit or __ first', ...reserved].join(', not ');
  throw invalidOption(owner, option, name, accepted);
}

/** A copy of label names that differ from one another. */
export function checkLabelNames<L extends string>(
  owner: string,
  given: readonly L[] | undefined,
  reserved?: readonly string[],
): readonly L[] {
  const option = 'labelNames';
  const names = checkArray(owner, option, given, (name, path) => checkLabelName(owner, path, name, reserved));
  if (new Set(names).size < names.length) {
    throw invalidOption(owner, option, names, 'names that differ from one another');
  }
  return [...names];
}
