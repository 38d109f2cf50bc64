import type { PartAnswer } from '../../common/split-export.js';

/** A way for messages to a syslog server. */
export interface SyslogWire<T = Buffer> {
  /** Rejects with a `RetryableExportError` where none of them may have arrived. */
  send(messages: readonly Buffer[], signal?: AbortSignal): Promise<PartAnswer<T>>;
  close(): Promise<void>;
}
