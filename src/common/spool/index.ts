export type { SpoolDropReason, SpoolStats } from './books.js';
export { type DiskSpool, type DiskSpoolOptions, diskSpool } from './disk-spool.js';
export type { OpenSpool, Spool, SpooledRequest, SpoolOutlet } from './spool.js';
