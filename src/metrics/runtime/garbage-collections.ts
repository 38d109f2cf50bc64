import type { PerformanceEntry } from 'node:perf_hooks';

// The values of `perf_hooks.constants.NODE_PERFORMANCE_GC_…`, which Node documents.
const KINDS = /* @__PURE__ */ new Map([
  [1, 'minor'],
  [4, 'major'],
  [8, 'incremental'],
  [16, 'weakcb'],
]);

/** Tells each garbage collection, its kind and its seconds; returns what ends it. */
export function watchGarbageCollections(record: (kind: string, seconds: number) => void): () => void {
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind } = (entry as PerformanceEntry & { detail: { kind: number } }).detail;
      record(KINDS.get(kind) ?? 'unknown', entry.duration / 1000);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return () => observer.disconnect();
}
