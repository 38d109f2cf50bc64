import { type Metadata, ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import type { Context } from '@opentelemetry/api';
import { rootContext } from '../../common/context.js';
import { checkBoolean } from '../../common/options.js';
import { metadataCarrier } from '../../trace/propagation/carriers.js';
import type { HttpSignals } from '../signals.js';
import type { GrpcOptions } from './options.js';
import { type RpcCall, RpcRecorder } from './recorder.js';
import {
  addressOf,
  CANCELLED,
  DEADLINE_EXCEEDED,
  isServerError,
  methodName,
  OK,
  parseTarget,
} from './rpc.js';

/** Options of the server's interceptor. */
export interface GrpcServerOptions extends GrpcOptions {
  /**
   * Whether a line is logged for each call: `error` where the server is to blame, `warn` where it refused, else
   * `info`. Default true.
   */
  log?: boolean;
}

/**
 * An interceptor for servers of `@grpc/grpc-js`: each call, unary or streaming, gets a SERVER span below that of the
 * client, is measured as `rpc_server_call_duration_seconds`, and logged. Handlers run with the span current.
 *
 * ```ts
 * const server = new Server({ interceptors: [grpcServerInterceptor(telemetry)] });
 * ```
 *
 * Needs `@grpc/grpc-js` 1.10 or later. Calls of methods that the server does not have are refused before any
 * interceptor sees them.
 *
 * @throws TelltaleError when an option is wrong.
 */
export function grpcServerInterceptor(
  telemetry: HttpSignals,
  options: GrpcServerOptions = {},
): ServerInterceptor {
  const owner = 'grpcServerInterceptor';
  const { log, ...rest } = options;
  const recorder = new RpcRecorder(owner, 'server', telemetry, rest);
  const { contextManager, propagator, logger } = recorder.signals;
  if (checkBoolean(owner, 'log', log, true) && logger !== undefined) {
    recorder.logEnd = (method, code, status, milliseconds) => {
      const level = code === OK ? 'info' : isServerError(code) ? 'error' : 'warn';
      const duration_ms = Math.round(milliseconds * 1000) / 1000;
      const rounded = milliseconds < 10 ? Math.round(milliseconds * 10) / 10 : Math.round(milliseconds);
      logger[level]({ rpc: method, status, duration_ms }, `${method} ${status} ${rounded}ms`);
    };
  }

  /** The remote parent, read over an empty context: what was current when the server started is no parent. */
  function parentOf(metadata: Metadata): Context {
    return (
      recorder.guard('extract_failed', 'the propagator threw', () =>
        propagator?.extract(rootContext, metadata, metadataCarrier),
      ) ?? rootContext
    );
  }

  return function telltale(definition, call) {
    const method = methodName(definition.path);
    let rpc: RpcCall | undefined;
    let header: Metadata | undefined;

    function within(fn: () => void): void {
      if (rpc === undefined) fn();
      else contextManager.with(rpc.context, fn);
    }

    return new ServerInterceptingCall(call, {
      start(next) {
        next({
          onReceiveMetadata(metadata, nextMetadata) {
            const info = { method, metadata };
            rpc = recorder.guard('start_failed', 'a call could not be watched', () => {
              if (recorder.ignores(info)) return undefined;
              const attributes = {
                ...addressOf('server', parseTarget(hostOf(call))),
                ...addressOf('client', parseTarget(call.getPeer())),
              };
              return recorder.start(info, parentOf(metadata), attributes, undefined);
            });
            within(() => nextMetadata(metadata));
          },
          onReceiveMessage(message, nextMessage) {
            within(() => nextMessage(message));
          },
          onReceiveHalfClose(nextHalfClose) {
            within(nextHalfClose);
          },
          onCancel() {
            // Told after every call; those that sent a status have ended already.
            if (rpc !== undefined)
              recorder.end(rpc, { code: isOverdue(call.getDeadline()) ? DEADLINE_EXCEEDED : CANCELLED });
          },
        });
      },
      sendMetadata(metadata, next) {
        header = metadata;
        next(metadata);
      },
      sendStatus(status, next) {
        next(status);
        if (rpc === undefined) return;
        const { code, details, metadata } = status;
        recorder.end(rpc, { code: code ?? OK, details, metadata: [header, metadata] });
      },
    });
  };
}

/** What the client called the server; older versions of grpc-js do not tell. */
function hostOf(call: Partial<Pick<ServerInterceptingCall, 'getHost'>>): string {
  return call.getHost?.() ?? '';
}

/** Milliseconds by which the clock of the client is ahead: its deadline began when it sent the request. */
const HEAD_START = 20;

/** By the host's clock, as grpc-js made the deadline with it. */
function isOverdue(deadline: Date | number): boolean {
  return Number(deadline) - Date.now() <= HEAD_START;
}
