export type { ApiLogger, ApiLoggerProvider, ApiLogRecord, LogsApi } from './api-types.js';
export { LoggerProvider, type LoggerProviderOptions } from './logger-provider.js';
export { type LogsRegistration, type RegisterLogsOptions, registerLogs } from './register.js';
