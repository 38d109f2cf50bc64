/** What a log call may carry besides its message. */
export type LogFields = object;

/**
 * A method that logs at one level. Message first or fields first, as you like:
 *
 * ```ts
 * logger.info('order placed');
 * logger.info('order placed', { orderId, total });
 * logger.info({ orderId, total }, 'order placed');
 * logger.info('retrying', error);          // the error goes under `err`
 * ```
 */
export interface LogMethod {
  (message: string, fields?: LogFields | null): void;
  (fields: LogFields, message?: string): void;
}

/**
 * The same for grave levels, where the first argument may be whatever was caught:
 *
 * ```ts
 * catch (error) { logger.error(error, 'payment failed'); }
 * ```
 */
export interface ErrorLogMethod extends LogMethod {
  (error: unknown, message?: string): void;
}
