import { Histogram } from '../../metrics/histogram.js';
import type { Registry } from '../../metrics/registry.js';
import { DURATION_BUCKETS, type HostAndPort } from '../semconv.js';

const LABELS = ['rpc_system_name', 'rpc_method', 'rpc_response_status_code', 'error_type'] as const;

/** What a call looked like from one side. */
export interface MeasuredCall {
  readonly method: string;
  readonly status: string;
  readonly failed: boolean;
  /** Undefined on the side of the server, where it is what the client says. */
  readonly server: HostAndPort | undefined;
}

/** `rpc_server_call_duration_seconds` or `rpc_client_call_duration_seconds`, by method and status. */
export function rpcDuration(
  registry: Registry,
  side: 'server' | 'client',
): (call: MeasuredCall, seconds: number) => void {
  const whose = side === 'server' ? 'incoming' : 'outgoing';
  const options = {
    name: `rpc_${side}_call_duration_seconds`,
    help: `Time that ${whose} remote procedure calls took, in seconds.`,
    buckets: DURATION_BUCKETS,
  };
  const labelsOf = ({ method, status, failed }: MeasuredCall) => ({
    rpc_system_name: 'grpc',
    rpc_method: method,
    rpc_response_status_code: status,
    ...(failed && { error_type: status }),
  });
  if (side === 'server') {
    const duration = registry.getOrCreate(Histogram, { ...options, labelNames: LABELS });
    return (call, seconds) => duration.labels(labelsOf(call)).observe(seconds);
  }
  const duration = registry.getOrCreate(Histogram, {
    ...options,
    labelNames: [...LABELS, 'server_address', 'server_port'] as const,
  });
  return (call, seconds) =>
    duration
      .labels({
        ...labelsOf(call),
        server_address: call.server?.address,
        server_port: call.server?.port,
      })
      .observe(seconds);
}
