import { invalidOption } from '../../common/errors.js';
import type { AnyMetric } from '../../metrics/any-metric.js';
import { labelsOf } from '../../metrics/labels.js';
import type { Registry } from '../../metrics/registry.js';
import type { Series } from '../../metrics/series.js';
import { QueryError } from '../../query/errors.js';
import { METRIC_NAME } from '../../query/labels.js';
import type { Matcher } from '../../query/matcher.js';
import type { VectorSelector } from '../../query/promql/ast.js';
import { parsePromql } from '../../query/promql/parser.js';
import { printPromql } from '../../query/promql/printer.js';

/** Series of one metric of a registry, chosen by a PromQL selector: `http_requests_total{status!~"5.."}`. */
export class Selection {
  /** As PromQL prints it. */
  readonly text: string;
  readonly name: string;
  readonly matchers: readonly Matcher[];
  readonly #registry: Registry;
  /** Whether a series is chosen; its labels never change. */
  readonly #chosen = new WeakMap<Series, boolean>();

  /** @throws TelltaleError where the text is no selector of one metric. */
  constructor(owner: string, option: string, text: string, registry: Registry) {
    const selector = selectorOption(owner, option, text);
    const name = selector.matchers.find(
      (matcher) => matcher.name === METRIC_NAME && matcher.operator === '=',
    );
    if (name === undefined) throw invalidOption(owner, option, text, 'a selector that names its metric');
    this.text = printPromql(selector);
    this.name = name.value;
    this.matchers = selector.matchers.filter((matcher) => matcher !== name);
    this.#registry = registry;
  }

  /** The metric, once it is there. Its name is the one that is shown, with the registry's prefix. */
  metric(): AnyMetric | undefined {
    const { prefix } = this.#registry;
    return this.name.startsWith(prefix)
      ? this.#registry.getSingleMetric(this.name.slice(prefix.length))
      : undefined;
  }

  /** The series that are chosen, those of today. */
  series(metric: AnyMetric): Series[] {
    return (metric.series() as readonly Series[]).filter((series) => {
      let chosen = this.#chosen.get(series);
      if (chosen === undefined) {
        const labels: Record<string, string> = { ...this.#registry.defaultLabels, ...labelsOf(series.text) };
        chosen = this.matchers.every((matcher) => matcher.matches(labels[matcher.name] ?? ''));
        this.#chosen.set(series, chosen);
      }
      return chosen;
    });
  }
}

/** A selector without offset, range or arithmetic. */
export function selectorOption(owner: string, option: string, text: string): VectorSelector {
  const accepted = 'a PromQL selector such as http_requests_total{status!~"5.."}';
  if (typeof text !== 'string') throw invalidOption(owner, option, text, accepted);
  try {
    const expr = parsePromql(text);
    if (expr.type === 'selector' && expr.offset === 0 && expr.at === undefined) return expr;
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    throw invalidOption(owner, option, text, `${accepted} (${error.message})`);
  }
  throw invalidOption(owner, option, text, accepted);
}
