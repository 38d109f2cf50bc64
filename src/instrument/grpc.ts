/** Servers and clients of `@grpc/grpc-js`. */

export { type GrpcClientOptions, grpcClientInterceptor } from './grpc/client-interceptor.js';
export type { GrpcCallInfo, GrpcOptions } from './grpc/options.js';
export { type GrpcServerOptions, grpcServerInterceptor } from './grpc/server-interceptor.js';
export type { IgnoreRules } from './ignore.js';
export type { HttpSignals, RequestLogger, RequestLogLevel } from './signals.js';
