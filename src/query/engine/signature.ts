import { type Labels, METRIC_NAME } from '../labels.js';
import type { VectorMatching } from '../promql/ast.js';

/** The key by which series on both sides of an operator find each other. */
export function signatureOf(matching: VectorMatching): (labels: Labels) => string {
  const names = [...new Set(matching.labels)].sort();
  if (matching.on) return (labels) => labels.keyOf(names);
  const ignored = [...names, METRIC_NAME];
  return (labels) => labels.without(ignored).key;
}
