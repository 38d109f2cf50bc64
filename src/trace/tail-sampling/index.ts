export type {
  AndPolicy,
  CompositePolicy,
  DropPolicy,
  LeafPolicy,
  NotPolicy,
  PolicyType,
  TailSamplingConfig,
  TailSamplingPolicy,
} from './config.js';
export {
  TailSamplingProcessor,
  type TailSamplingProcessorOptions,
  type TailSamplingStats,
} from './processor.js';
export { readTailSampling } from './read-config.js';
export { type WriteTailSamplingOptions, writeTailSampling } from './write-config.js';
