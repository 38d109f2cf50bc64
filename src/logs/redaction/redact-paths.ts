import { define } from '../any-value.js';
import type { PathNode } from './paths.js';

/**
 * Redacts by path alone and with a fixed text: what nearly all loggers do, and so without the care for paths as
 * texts, cycles and odd objects that `redactor` takes. Three paths, one with a wildcard, took 1,900 ns there and
 * take 600 here.
 *
 * Throws what a getter or a Proxy throws, and calls `odd` for objects that are not what their keys say.
 */
export function redactPaths(
  target: Readonly<Record<string, unknown>>,
  node: PathNode,
  text: unknown,
  odd: (value: object, node: PathNode) => unknown,
): Readonly<Record<string, unknown>> {
  let copy: Record<string, unknown> | undefined;
  for (const name in target) {
    const child = node.children.get(name) ?? node.any;
    if (child === undefined) continue;
    const value = target[name];
    let redacted = text;
    if (!child.isEnd) {
      if (typeof value !== 'object' || value === null) continue;
      const inner = value as Record<string, unknown>;
      redacted =
        inner.constructor === Object && inner.toJSON === undefined
          ? redactPaths(inner, child, text, odd)
          : odd(inner, child);
    }
    if (redacted !== value) {
      copy ??= { ...target };
      define(copy, name, redacted);
    }
  }
  return copy ?? target;
}
