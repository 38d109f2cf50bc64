export type * from './readable-log-record.js';
