export { alwaysOff, alwaysOn } from './by-parent.js';
export { type ParentBasedOptions, parentBased } from './parent-based.js';
export { type RateLimitedOptions, rateLimited } from './rate-limited.js';
export type { Sampler, SamplingResult } from './sampler.js';
export { traceIdRatio } from './trace-id-ratio.js';
