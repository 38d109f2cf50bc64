/** Spans for those who think in transactions. */

export type { HttpSignals, RequestLogger, RequestLogLevel } from './signals.js';
export { TransactionMonitor, type TransactionMonitorOptions } from './transactions/monitor.js';
export type { Outcome } from './transactions/outcome.js';
export type { SpanType } from './transactions/span-type.js';
export { startTransaction, type Transaction, type TransactionOptions } from './transactions/transaction.js';
export type { TransactionStatistics } from './transactions/window.js';
