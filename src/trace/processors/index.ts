export { BatchSpanProcessor, type BatchSpanProcessorOptions } from './batch.js';
export { FilterSpanProcessor, type FilterSpanProcessorOptions } from './filter.js';
export { MultiSpanProcessor, type MultiSpanProcessorOptions } from './multi.js';
export { type KeyPattern, RedactSpanProcessor, type RedactSpanProcessorOptions } from './redact.js';
export { SimpleSpanProcessor, type SimpleSpanProcessorOptions } from './simple.js';
