/** Servers and clients of `node:http`. */

export { instrumentHttpClient } from './client/http-client.js';
export type { HttpClientOptions, OutgoingRequest } from './client/recorder.js';
export type { IgnoreRules } from './ignore.js';
export type { HttpServerOptions } from './server/options.js';
export {
  type HttpHandlerOptions,
  instrumentHandler,
  instrumentServer,
  recordHttpError,
  setHttpRoute,
} from './server/wrap.js';
export type { HttpSignals, RequestLogger, RequestLogLevel } from './signals.js';
