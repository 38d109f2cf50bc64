import type { Attributes } from '@opentelemetry/api';
import { type HostAndPort, parseHost } from '../semconv.js';

/**
 * The words of OpenTelemetry's semantic conventions for gRPC that servers and clients share.
 *
 * Specification: https://opentelemetry.io/docs/specs/semconv/rpc/grpc/
 */

/** The names of gRPC's status codes, by number. */
const STATUS_NAMES: readonly string[] = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

export const OK = 0;
export const CANCELLED = 1;
export const DEADLINE_EXCEEDED = 4;

/** UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS: what a server is to blame for. */
const SERVER_ERRORS: readonly number[] = [2, 4, 12, 13, 14, 15];

/** `OK`, `NOT_FOUND`; a number that is no code of gRPC's is told as it is. */
export function statusName(code: number): string {
  return STATUS_NAMES[code] ?? String(code);
}

export function isServerError(code: number): boolean {
  return SERVER_ERRORS.includes(code);
}

/** `rpc.method`: the path of a call without the slash before it. */
export function methodName(path: string): string {
  return path.startsWith('/') ? path.slice(1) : path;
}

const SCHEMES = /^(?:dns|ipv4|ipv6|xds|passthrough):(?:\/\/[^/]*\/)?/;

/** Who a target or peer of grpc-js names: `dns:///host:50051`, `127.0.0.1:50051`, `unix:/run/x.sock`. */
export function parseTarget(target: string): HostAndPort {
  if (target.startsWith('unix:'))
    return { address: target.slice(5).replace(/^\/\/\//, '/'), port: undefined };
  const host = target.replace(SCHEMES, '');
  // A list of addresses stands for one service; the first speaks for it.
  const comma = host.indexOf(',');
  return parseHost(comma === -1 ? host : host.slice(0, comma));
}

/** `{prefix}.address` and `{prefix}.port`, as far as they are known. */
export function addressOf(prefix: string, { address, port }: HostAndPort): Attributes {
  if (address === '' || address === 'unknown') return {};
  return port === undefined
    ? { [`${prefix}.address`]: address }
    : { [`${prefix}.address`]: address, [`${prefix}.port`]: port };
}
