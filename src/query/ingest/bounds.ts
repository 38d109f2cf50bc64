import { formatGeneral, parseNumber } from '../numbers.js';

/**
 * The value of `le` or `quantile` as Prometheus 3 keeps it, whoever wrote it: `1` and `1e0` are `1.0`. Text that is
 * no number stays.
 */
export function normalizeBound(text: string): string {
  const value = parseNumber(text);
  if (value === undefined) return text;
  const normal = formatGeneral(value);
  return Number.isFinite(value) && !/[.e]/.test(normal) ? `${normal}.0` : normal;
}
