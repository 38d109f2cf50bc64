import type { ValueType } from './value-type.js';

/** What a function takes and gives. */
export interface FunctionSignature {
  readonly name: string;
  readonly args: readonly ValueType[];
  /** How many more arguments of the last type there may be than `args` less one; -1 for any number. */
  readonly variadic: number;
  readonly returns: ValueType;
  readonly experimental: boolean;
}

/** The functions of Prometheus 3.5, by name. Spec: https://prometheus.io/docs/prometheus/3.5/querying/functions/ */
export function functionSignature(name: string): FunctionSignature | undefined {
  const row = Object.hasOwn(TABLE, name) ? TABLE[name as keyof typeof TABLE] : undefined;
  return row === undefined ? undefined : parse(name, row);
}

/** Every function's name. */
export function functionNames(): string[] {
  return Object.keys(TABLE);
}

export type FunctionName = keyof typeof TABLE;

/**
 * Types of arguments and, behind the arrow, of the result: s scalar, v instant vector, m range vector, t string.
 * `?` makes the last argument optional, `*` lets it come any number of times, `!` marks an experimental function.
 */
const TABLE = {
  abs: 'v>v',
  absent: 'v>v',
  absent_over_time: 'm>v',
  acos: 'v>v',
  acosh: 'v>v',
  asin: 'v>v',
  asinh: 'v>v',
  atan: 'v>v',
  atanh: 'v>v',
  avg_over_time: 'm>v',
  ceil: 'v>v',
  changes: 'm>v',
  clamp: 'vss>v',
  clamp_max: 'vs>v',
  clamp_min: 'vs>v',
  cos: 'v>v',
  cosh: 'v>v',
  count_over_time: 'm>v',
  day_of_month: 'v?>v',
  day_of_week: 'v?>v',
  day_of_year: 'v?>v',
  days_in_month: 'v?>v',
  deg: 'v>v',
  delta: 'm>v',
  deriv: 'm>v',
  double_exponential_smoothing: 'mss>v!',
  exp: 'v>v',
  floor: 'v>v',
  histogram_avg: 'v>v',
  histogram_count: 'v>v',
  histogram_fraction: 'ssv>v',
  histogram_quantile: 'sv>v',
  histogram_stddev: 'v>v',
  histogram_stdvar: 'v>v',
  histogram_sum: 'v>v',
  hour: 'v?>v',
  idelta: 'm>v',
  increase: 'm>v',
  info: 'vv?>v!',
  irate: 'm>v',
  label_join: 'vttt*>v',
  label_replace: 'vtttt>v',
  last_over_time: 'm>v',
  ln: 'v>v',
  log10: 'v>v',
  log2: 'v>v',
  mad_over_time: 'm>v!',
  max_over_time: 'm>v',
  min_over_time: 'm>v',
  minute: 'v?>v',
  month: 'v?>v',
  pi: '>s',
  predict_linear: 'ms>v',
  present_over_time: 'm>v',
  quantile_over_time: 'sm>v',
  rad: 'v>v',
  rate: 'm>v',
  resets: 'm>v',
  round: 'vs?>v',
  scalar: 'v>s',
  sgn: 'v>v',
  sin: 'v>v',
  sinh: 'v>v',
  sort: 'v>v',
  sort_by_label: 'vt*>v!',
  sort_by_label_desc: 'vt*>v!',
  sort_desc: 'v>v',
  sqrt: 'v>v',
  stddev_over_time: 'm>v',
  stdvar_over_time: 'm>v',
  sum_over_time: 'm>v',
  tan: 'v>v',
  tanh: 'v>v',
  time: '>s',
  timestamp: 'v>v',
  ts_of_last_over_time: 'm>v!',
  ts_of_max_over_time: 'm>v!',
  ts_of_min_over_time: 'm>v!',
  vector: 's>v',
  year: 'v?>v',
} as const;

const TYPES: Readonly<Record<string, ValueType>> = { s: 'scalar', v: 'vector', m: 'matrix', t: 'string' };

function parse(name: string, row: string): FunctionSignature {
  const [before, after] = row.split('>') as [string, string];
  return {
    name,
    args: [...before.replace(/[?*]/g, '')].map((letter) => TYPES[letter]!),
    variadic: before.endsWith('*') ? -1 : before.endsWith('?') ? 1 : 0,
    returns: TYPES[after[0]!]!,
    experimental: after.endsWith('!'),
  };
}
