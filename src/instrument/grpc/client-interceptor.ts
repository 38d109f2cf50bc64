import { InterceptingCall, type Interceptor, type Listener, type Metadata } from '@grpc/grpc-js';
import type { Attributes } from '@opentelemetry/api';
import { isTelemetrySuppressed } from '../../common/suppression.js';
import { metadataCarrier } from '../../trace/propagation/carriers.js';
import type { HttpSignals } from '../signals.js';
import type { GrpcOptions } from './options.js';
import { type RpcCall, RpcRecorder } from './recorder.js';
import { addressOf, methodName, parseTarget } from './rpc.js';

/** Options of the client's interceptor. */
export type GrpcClientOptions = GrpcOptions;

/**
 * An interceptor for clients of `@grpc/grpc-js`: each call, unary or streaming, gets a CLIENT span that lasts until
 * its status is there, sends the trace along in its metadata, and is measured as
 * `rpc_client_call_duration_seconds`. The caller's `Metadata` is left as it is.
 *
 * ```ts
 * const client = new OrdersClient(address, credentials, {
 *   interceptors: [grpcClientInterceptor(telemetry)],
 * });
 * ```
 *
 * Callbacks and events of a call run in the context in which the call was made.
 *
 * @throws TelltaleError when an option is wrong.
 */
export function grpcClientInterceptor(telemetry: HttpSignals, options?: GrpcClientOptions): Interceptor {
  const recorder = new RpcRecorder('grpcClientInterceptor', 'client', telemetry, options);
  const { contextManager, propagator } = recorder.signals;

  return function telltale(callOptions, nextCall) {
    const call = nextCall(callOptions);
    const method = methodName(callOptions.method_definition.path);
    const caller = contextManager.active();
    let target = '';
    if (isTelemetrySuppressed(caller)) return new InterceptingCall(call);

    /** What grpc-js hears of a call, passed on in the context of whoever made it. */
    function listenerFor(rpc: RpcCall): Listener {
      let header: Metadata | undefined;
      return {
        onReceiveMetadata(metadata, next) {
          header = metadata;
          contextManager.with(caller, () => next(metadata));
        },
        onReceiveMessage(message, next) {
          contextManager.with(caller, () => next(message));
        },
        onReceiveStatus(status, next) {
          const { code, details, metadata } = status;
          recorder.end(rpc, { code, details, metadata: [header, metadata] }, peerOf(recorder, call, target));
          contextManager.with(caller, () => next(status));
        },
      };
    }

    return new InterceptingCall(call, {
      start(metadata, listener, next) {
        const info = { method, metadata };
        const rpc = recorder.guard('start_failed', 'a call could not be watched', () => {
          if (recorder.ignores(info)) return undefined;
          // Before a connection is there, the peer is the target that the client was made for.
          target = call.getPeer();
          const server = parseTarget(target);
          return recorder.start(info, caller, addressOf('server', server), server);
        });
        if (rpc === undefined) {
          next(metadata, listener);
          return;
        }
        const sent = metadata.clone();
        recorder.guard('inject_failed', 'the trace could not be sent along', () =>
          propagator?.inject(rpc.context, sent, metadataCarrier),
        );
        next(sent, listenerFor(rpc));
      },
    });
  };
}

/** The other end of the connection, where one was made. */
function peerOf(recorder: RpcRecorder, call: { getPeer(): string }, target: string): Attributes {
  const peer = recorder.guard('finish_failed', 'the peer of a call could not be read', () => call.getPeer());
  return peer === undefined || peer === target ? {} : addressOf('network.peer', parseTarget(peer));
}
