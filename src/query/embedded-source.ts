import { type Clock, systemClock } from '../common/clock.js';
import { withRe2 } from '../common/re2.js';
import { PromqlEngine, type PromqlEngineOptions } from './engine/engine.js';
import { QueryError } from './errors.js';
import type { Labels } from './labels.js';
import type { Matcher } from './matcher.js';
import { children, type Expr } from './promql/ast.js';
import {
  type InstantQueryOptions,
  type LabelOptions,
  type MetricSource,
  type Moment,
  momentToMs,
  type SeriesOptions,
} from './source.js';
import type { TimeSeriesStore } from './store/store.js';
import { Work } from './work.js';

export interface EmbeddedSourceOptions extends PromqlEngineOptions {
  /** Where "now" comes from. Default the host's clock. */
  clock?: Clock;
}

/** Series that one request for labels may look at. */
const MAX_SERIES = 1_000_000;
const TIMEOUT = 120_000;

/**
 * Answers PromQL from a store in this process.
 *
 * @example
 * const source = embeddedSource(store);
 * const result = await source.query('sum by (route) (rate(http_requests_total[5m]))');
 */
export function embeddedSource(store: TimeSeriesStore, options: EmbeddedSourceOptions = {}): MetricSource {
  const engine = new PromqlEngine(options);
  const clock = options.clock ?? systemClock;

  async function select(
    match: string | readonly string[] | undefined,
    given: SeriesOptions = {},
  ): Promise<Labels[]> {
    const { start = -Infinity, end = Infinity, signal } = given;
    const [from, to] = [checkMoment('start', start), checkMoment('end', end)];
    const work = new Work({ maxSamples: MAX_SERIES, timeout: given.timeout ?? TIMEOUT, signal, clock });
    const found = new Map<string, Labels>();
    for (const matchers of await withRe2(() => selectorsFor(match))) {
      for (const { labels } of await store.select(matchers, from, to, work)) found.set(labels.key, labels);
    }
    return [...found.values()].sort((a, b) => a.compare(b));
  }

  /** Without a selector, every series. */
  function selectorsFor(match: string | readonly string[] | undefined): (readonly Matcher[])[] {
    if (match === undefined) return [[]];
    return (typeof match === 'string' ? [match] : match).map((text) => {
      const selector = engine.parse(text);
      if (selector.type === 'selector') return selector.matchers;
      throw new QueryError('bad_data', `${text} is not a series selector`);
    });
  }

  return {
    async query(query: string, given: InstantQueryOptions = {}) {
      return engine.query(store, query, checkMoment('time', given.time ?? clock.now()), given);
    },
    async queryRange(query, given) {
      const [start, end] = [checkMoment('start', given.start), checkMoment('end', given.end)];
      return engine.queryRange(store, query, start, end, given.step, given);
    },
    series: select,
    async labelNames(given = {}) {
      if (isUnlimited(given)) return store.labelNames();
      const names = new Set<string>();
      for (const labels of await select(given.match, given)) for (const [name] of labels) names.add(name);
      return [...names].sort();
    },
    async labelValues(name, given = {}) {
      if (isUnlimited(given)) return store.labelValues(name);
      const values = new Set((await select(given.match, given)).map((labels) => labels.get(name)));
      values.delete('');
      return [...values].sort();
    },
    async metadata() {
      return store.metadata.all();
    },
    async exemplars(query, { start = -Infinity, end = Infinity } = {}) {
      const selectors = selectorsOf(await withRe2(() => engine.parse(query)));
      return store.exemplars.select(selectors, checkMoment('start', start), checkMoment('end', end));
    },
  };
}

/** Whether all there is is asked for: the index has that at hand. */
function isUnlimited({ match, start, end }: LabelOptions): boolean {
  return match === undefined && start === undefined && end === undefined;
}

function selectorsOf(expr: Expr): (readonly Matcher[])[] {
  return expr.type === 'selector' ? [expr.matchers] : children(expr).flatMap(selectorsOf);
}

function checkMoment(name: string, moment: Moment): number {
  const ms = momentToMs(moment);
  if (Number.isNaN(ms)) throw new QueryError('bad_data', `invalid parameter "${name}": not a time`);
  return Number.isFinite(ms) ? Math.round(ms) : ms;
}
