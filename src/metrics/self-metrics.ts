import type { Diagnostics } from '../common/diagnostics.js';
import { Counter } from './counter.js';
import type { Registry } from './registry.js';

/**
 * Shows telltale's own counters (`telltale_*`: what was dropped, retried, mended, by reason) in a registry.
 * Returns a function that ends it.
 */
export function selfMetrics(registry: Registry, diagnostics: Diagnostics): () => void {
  return registry.onCollect('telltale', () => {
    for (const { name, help, labels, value } of diagnostics.counters()) {
      const known = registry.getSingleMetric(name);
      const counter =
        known ?? registry.getOrCreate<string>(Counter, { name, help, labelNames: Object.keys(labels) });
      if (!(counter instanceof Counter)) continue;
      const series = (counter as Counter<string>).labels(labels);
      series.inc(Math.max(value - series.value, 0));
    }
  });
}
