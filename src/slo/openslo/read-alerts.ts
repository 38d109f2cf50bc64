import { formatDuration } from '../../query/duration.js';
import type { BurnRateTier } from '../burn-rate.js';
import { type OpenSloDocument, type OpenSloDocuments, readDocument } from './documents.js';
import { shorthand } from './duration.js';
import type { YamlNode } from './yaml-node.js';

/**
 * The burn rate tiers of an SLO's alert policies. `lookbackWindow` is the long window. `alertAfter` becomes the short
 * one: both say for how long it has to burn of late, but a window also lets go when the burning stops.
 *
 * @param period Milliseconds of the objective's window.
 */
export function readTiers(
  policies: YamlNode,
  documents: OpenSloDocuments,
  file: string,
  period: number,
): BurnRateTier[] {
  return policies.list().flatMap((given) => {
    const policy = resolve(given, 'alertPolicyRef', 'AlertPolicy', documents, file);
    policy.spec.object([
      'description',
      'alertWhenNoData',
      'alertWhenResolved',
      'alertWhenBreaching',
      'conditions',
      'notificationTargets',
    ]);
    const conditions = policy.spec.get('conditions');
    const [condition, ...more] = conditions.list();
    if (condition === undefined || more.length > 0) throw conditions.error('a list of one condition');
    if (policy.spec.get('alertWhenBreaching').value === false) return [];
    return [readTier(resolve(condition, 'conditionRef', 'AlertCondition', documents, file), period)];
  });
}

/** A document that stands there itself, or is named. */
function resolve(
  node: YamlNode,
  reference: string,
  kind: 'AlertPolicy' | 'AlertCondition',
  documents: OpenSloDocuments,
  file: string,
): OpenSloDocument {
  if (typeof node.value === 'string') return documents.find(kind, node);
  return node.get(reference).given
    ? documents.find(kind, node.object([reference]).get(reference))
    : readDocument(node, file, kind);
}

function readTier({ spec }: OpenSloDocument, period: number): BurnRateTier {
  spec.object(['description', 'severity', 'condition']);
  const condition = spec.get('condition');
  if (!condition.given) throw condition.error('an object');
  condition.object(['kind', 'op', 'threshold', 'lookbackWindow', 'alertAfter']);
  if (condition.get('kind').given) condition.get('kind').oneOf(['burnrate']);
  condition.get('op').oneOf(['gte', 'gt']);
  const factor = condition.get('threshold').number('a burn rate above 0', (value) => value > 0);
  const long = shorthand(condition.get('lookbackWindow')).ms;
  const after = condition.get('alertAfter');
  const short = after.given && !/^0/.test(after.string()) ? shorthand(after).ms : undefined;
  return {
    severity: spec.get('severity').string(),
    budget: Number(((factor * long * 100) / period).toPrecision(12)),
    long: formatDuration(long),
    ...(short !== undefined && { short: formatDuration(Math.min(short, long)) }),
  };
}
