export type { LogCounts, LogCountsQuery } from './log-counts.js';
export { LogEntry } from './log-entry.js';
export type { LogQuery, LogSearch, TextQuery } from './log-query.js';
export {
  type LogImport,
  LogStore,
  type LogStoreOptions,
  type LogTailOptions,
} from './log-store.js';
export { LogTail } from './log-tail.js';
