export type * from './readable-span.js';
