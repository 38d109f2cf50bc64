export { BatchSpanProcessor, type BatchSpanProcessorOptions } from './batch.js';
export { SimpleSpanProcessor, type SimpleSpanProcessorOptions } from './simple.js';
