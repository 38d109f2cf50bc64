export { ClusterRegistry, type ClusterRegistryOptions } from './cluster-registry.js';
export type { ClusterAggregator } from './merge.js';
export { type ParentPort, shareMetrics } from './share-metrics.js';
export type { ClusterLike, ThreadLike } from './workers.js';
