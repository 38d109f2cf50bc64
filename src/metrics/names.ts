import { invalidOption } from '../common/errors.js';

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Names follow https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels */
export function checkMetricName(owner: string, option: string, name: unknown): string {
  if (typeof name === 'string' && METRIC_NAME.test(name)) return name;
  throw invalidOption(
    owner,
    option,
    name,
    'a name of letters, digits, _ and : that does not begin with a digit',
  );
}

/** A label name; `reserved` is one that the metric's own lines use: `le` or `quantile`. */
export function checkLabelName(owner: string, option: string, name: unknown, reserved?: string): string {
  if (typeof name === 'string' && LABEL_NAME.test(name) && !name.startsWith('__') && name !== reserved) {
    return name;
  }
  const except = reserved === undefined ? '' : ` and is not "${reserved}"`;
  throw invalidOption(
    owner,
    option,
    name,
    `a name of letters, digits and _ that does not begin with a digit or __${except}`,
  );
}

export function checkLabelNames<L extends string>(
  owner: string,
  names: readonly L[] | undefined,
  reserved?: string,
): readonly L[] {
  if (names === undefined) return [];
  if (!Array.isArray(names)) throw invalidOption(owner, 'labelNames', names, 'an array of names');
  for (const [i, name] of names.entries()) {
    checkLabelName(owner, `labelNames[${i}]`, name, reserved);
    if (names.indexOf(name) !== i) {
      throw invalidOption(owner, `labelNames[${i}]`, name, 'names that differ from one another');
    }
  }
  return [...names];
}
