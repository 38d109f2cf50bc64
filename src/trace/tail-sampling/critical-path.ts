import type { ReadableSpan } from '../readable-span.js';
import { endOf, parentIdOf, spanIdOf, startOf } from '../span-facts.js';

interface Node {
  readonly span: ReadableSpan;
  readonly start: number;
  readonly end: number;
  readonly below: Node[];
}

/**
 * The share of a trace's critical path, 0 to 1, that spans of this name hold. The critical path is what the root had
 * to wait for: from its end backwards it runs through the child that ended last, then through the one that had ended
 * last before that one began, and where there is none through the span itself.
 */
export function criticalPathShare(spans: readonly ReadableSpan[], root: ReadableSpan, name: string): number {
  const nodes = new Map<string, Node>();
  for (const span of spans) {
    nodes.set(spanIdOf(span), { span, start: startOf(span), end: endOf(span), below: [] });
  }
  for (const node of nodes.values()) {
    const parent = nodes.get(parentIdOf(node.span) ?? '');
    // A span that says it is its own parent must not be walked for ever.
    if (parent !== undefined && parent !== node) parent.below.push(node);
  }
  const top = nodes.get(spanIdOf(root))!;
  const whole = top.end - top.start;
  if (!(whole > 0)) return top.span.name === name ? 1 : 0;
  let held = 0;
  // Spans may say of each other that they are parents: each is walked once.
  const walked = new Set<Node>([top]);
  const open: { node: Node; until: number }[] = [{ node: top, until: top.end }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node } = next;
    let { until } = next;
    node.below.sort((a, b) => b.end - a.end);
    for (const child of node.below) {
      if (child.start >= until || child.end <= node.start || walked.has(child)) continue;
      walked.add(child);
      const end = Math.min(child.end, until);
      if (node.span.name === name) held += until - end;
      open.push({ node: child, until: end });
      until = Math.max(child.start, node.start);
    }
    if (node.span.name === name) held += Math.max(0, until - node.start);
  }
  return held / whole;
}
