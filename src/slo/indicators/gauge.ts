import { invalidOption } from '../../common/errors.js';
import { checkMethods, checkOptions } from '../../common/options.js';
import type { GaugeSeries } from '../../metrics/gauge.js';
import type { Registry } from '../../metrics/registry.js';
import { QueryError } from '../../query/errors.js';
import { type BinaryExpr, unwrapParens } from '../../query/promql/ast.js';
import { parsePromql } from '../../query/promql/parser.js';
import { printPromql } from '../../query/promql/printer.js';
import type { Indicator, ThresholdOperator } from '../indicator.js';
import { Selection } from './selection.js';

export interface GaugeWhileOptions {
  registry: Registry;
  /** A comparison in PromQL of a gauge with a number: `queue_depth{queue="mail"} < 100`, `up == 1`. */
  condition: string;
}

const OWNER = 'gaugeWhile';
const ACCEPTED = 'a comparison of a gauge with a number, such as queue_depth < 100';

/**
 * Looks at a gauge every ten seconds: each chosen series is one event, good while the condition holds. A gauge
 * that is NaN is not looked at. A comparison by `==` or `!=` has no counterpart in OpenSLO and in the rules for
 * Prometheus, which then go by `slo_events_total`.
 *
 * @throws TelltaleError when an option is wrong.
 */
export function gaugeWhile(options: GaugeWhileOptions): Indicator {
  const given = checkOptions(OWNER, options, ['registry', 'condition']);
  const registry = checkMethods(OWNER, 'registry', given.registry, ['getSingleMetric']);
  const { selector, operator, bound } = comparison(given.condition);
  const selection = new Selection(OWNER, 'condition', selector, registry);
  const holds = COMPARISONS[operator]!;
  const threshold = THRESHOLDS[operator];
  return {
    text: `${selection.text} ${operator} ${bound}`,
    ...(threshold && { definition: { query: selection.text, op: threshold, value: bound } }),
    start(host) {
      // Each span of ten seconds is looked at once, however often a status is asked for.
      let lookedAt = Math.floor(host.clock.now() / 10_000);
      return {
        poll() {
          const moment = Math.floor(host.clock.now() / 10_000);
          if (moment === lookedAt) return;
          lookedAt = moment;
          const metric = selection.metric();
          host.note('metric_missing', metric ? undefined : `${selection.text} is not there yet`);
          if (metric === undefined) return;
          const values = (selection.series(metric) as unknown as GaugeSeries[])
            .map((series) => series.numbers()[0]!)
            .filter((value) => !Number.isNaN(value));
          const good = values.filter((value) => holds(value, bound)).length;
          host.add(good, values.length - good);
        },
      };
    },
  };
}

/** OpenSLO has no word for being equal. */
const THRESHOLDS: Readonly<Record<string, ThresholdOperator>> = {
  '<=': 'lte',
  '>=': 'gte',
  '<': 'lt',
  '>': 'gt',
};

const COMPARISONS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '==': (value, bound) => value === bound,
  '!=': (value, bound) => value !== bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

function comparison(condition: string): { selector: string; operator: string; bound: number } {
  if (typeof condition !== 'string') throw invalidOption(OWNER, 'condition', condition, ACCEPTED);
  let expr: BinaryExpr | undefined;
  try {
    const parsed = unwrapParens(parsePromql(condition));
    if (parsed.type === 'binary' && parsed.op in COMPARISONS) expr = parsed;
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    throw invalidOption(OWNER, 'condition', condition, `${ACCEPTED} (${error.message})`);
  }
  const bound = expr && numberOf(printPromql(expr.rhs));
  if (expr === undefined || expr.bool || bound === undefined) {
    throw invalidOption(OWNER, 'condition', condition, ACCEPTED);
  }
  return { selector: printPromql(unwrapParens(expr.lhs)), operator: expr.op, bound };
}

/** A number with or without a sign. */
function numberOf(text: string): number | undefined {
  const number = Number(text);
  return Number.isNaN(number) ? undefined : number;
}
