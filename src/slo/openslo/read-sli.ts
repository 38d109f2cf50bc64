import { TelltaleError } from '../../common/errors.js';
import type { IndicatorDefinition, ThresholdOperator } from '../indicator.js';
import { eventQueries, parenthesised } from '../promql-window.js';
import type { OpenSloDocument } from './documents.js';
import type { YamlNode } from './yaml-node.js';

const OPERATORS = ['lte', 'gte', 'lt', 'gt'] as const satisfies readonly ThresholdOperator[];

/** The samples of a ratio that somebody has worked out already, and the share of each that is bad. */
const RAW: Readonly<Record<'success' | 'failure', (query: string) => string>> = {
  success: (query) => `sum(sum_over_time((1 - ${parenthesised(query)})[$window:1m]))`,
  failure: (query) => `sum(sum_over_time(${parenthesised(query)}[$window:1m]))`,
};

/** What an SLI and an objective say together. */
export function readDefinition(sli: OpenSloDocument, objective: YamlNode): IndicatorDefinition {
  const { spec } = sli;
  spec.object(['description', 'thresholdMetric', 'ratioMetric']);
  const [threshold, ratio] = [spec.get('thresholdMetric'), spec.get('ratioMetric')];
  if (threshold.given === ratio.given) throw spec.error('one of thresholdMetric and ratioMetric');
  const definition = threshold.given ? readThreshold(threshold, objective) : readRatio(ratio, objective);
  try {
    eventQueries(spec.path, definition);
  } catch (error) {
    throw new TelltaleError((error as Error).message, spec.path);
  }
  return definition;
}

function readThreshold(metric: YamlNode, objective: YamlNode): IndicatorDefinition {
  return {
    query: queryOf(metric),
    op: objective.get('op').oneOf(OPERATORS),
    value: objective.get('value').number('a number', Number.isFinite),
  };
}

function readRatio(ratio: YamlNode, objective: YamlNode): IndicatorDefinition {
  ratio.object(['counter', 'good', 'bad', 'total', 'rawType', 'raw']);
  for (const key of ['op', 'value']) {
    if (objective.get(key).given) throw objective.get(key).error('nothing beside a ratioMetric');
  }
  const [good, bad, total, raw] = ['good', 'bad', 'total', 'raw'].map((key) => ratio.get(key)) as [
    YamlNode,
    YamlNode,
    YamlNode,
    YamlNode,
  ];
  if (raw.given) {
    if (good.given || bad.given || total.given) throw ratio.error('raw alone, or total with good or bad');
    const query = queryOf(raw);
    return {
      bad: RAW[ratio.get('rawType').oneOf(['success', 'failure'])](query),
      total: `sum(count_over_time(${parenthesised(query)}[$window:1m]))`,
    };
  }
  if (good.given === bad.given) throw ratio.error('one of good and bad, beside total');
  const counter = ratio.get('counter');
  if (counter.given && typeof counter.value !== 'boolean') throw counter.error('true or false');
  const events = (node: YamlNode) => countedBy(queryOf(node), counter.value !== false);
  return good.given
    ? { good: events(good), total: events(total) }
    : { bad: events(bad), total: events(total) };
}

/**
 * The number of events that a query tells of: how much a counter grew, or the sum of what a gauge said. A selector of
 * counters stays one, so that its series are followed one by one; of an expression the value is.
 */
function countedBy(query: string, isCounter: boolean): string {
  if (query.includes('$window')) return query;
  if (!isCounter) return `sum(sum_over_time(${parenthesised(query)}[$window:1m]))`;
  return /^[\w:]*(\{[\s\S]*\})?$/.test(query) ? query : `sum(increase(${parenthesised(query)}[$window:1m]))`;
}

/** The query of a metric source. Sources of other types than Prometheus cannot be asked. */
function queryOf(metric: YamlNode): string {
  metric.object(['metricSource']);
  const source = metric.get('metricSource');
  if (!source.given) throw source.error('an object');
  source.object(['metricSourceRef', 'type', 'spec']);
  const type = source.get('type');
  if (type.given && !/^prometheus$/i.test(type.string())) throw type.error('Prometheus');
  return source.get('spec').get('query').string('PromQL').trim();
}
