import type { Span } from '@opentelemetry/api';
import { invalidOption } from '../../common/errors.js';
import { checkArray, checkFunction, checkOptions } from '../../common/options.js';
import type { MetadataLike } from '../../trace/index.js';
import type { IgnoreRules } from '../ignore.js';

/** A call, as hooks and ignore rules see it. */
export interface GrpcCallInfo {
  /** The service with its package, and the method: `shop.v1.Orders/Place`. */
  readonly method: string;
  /** The metadata that came with the request. */
  readonly metadata: MetadataLike;
}

/** Options that both interceptors take. */
export interface GrpcOptions {
  /**
   * Calls of which nothing is told, and with which no trace is sent: methods (`shop.v1.Orders/Place`), methods that
   * end in `*` (`grpc.health.v1.Health/*`), or functions. Default: none.
   */
  ignore?: IgnoreRules<GrpcCallInfo>;
  /** Request metadata kept as `rpc.request.metadata.<key>`. Default: none. */
  captureRequestMetadata?: readonly string[];
  /** Metadata of response and trailer kept as `rpc.response.metadata.<key>`. Default: none. */
  captureResponseMetadata?: readonly string[];
  /** Called when the span of a call was started. */
  onCall?: (span: Span, call: GrpcCallInfo) => void;
  /** Called with the status of a call (`OK`, `NOT_FOUND`), before its span ends. */
  onStatus?: (span: Span, status: string) => void;
}

export const GRPC_OPTIONS: readonly (keyof GrpcOptions)[] = [
  'ignore',
  'captureRequestMetadata',
  'captureResponseMetadata',
  'onCall',
  'onStatus',
];

export interface GrpcSettings {
  readonly ignore: GrpcOptions['ignore'];
  readonly requestMetadata: readonly string[];
  readonly responseMetadata: readonly string[];
  readonly onCall: GrpcOptions['onCall'];
  readonly onStatus: GrpcOptions['onStatus'];
}

export function grpcSettings(owner: string, options: GrpcOptions | undefined): GrpcSettings {
  const given = checkOptions(owner, options, GRPC_OPTIONS);
  return {
    ignore: given.ignore,
    requestMetadata: checkKeys(owner, 'captureRequestMetadata', given.captureRequestMetadata),
    responseMetadata: checkKeys(owner, 'captureResponseMetadata', given.captureResponseMetadata),
    onCall: checkFunction(owner, 'onCall', given.onCall),
    onStatus: checkFunction(owner, 'onStatus', given.onStatus),
  };
}

/** What gRPC lets a key of metadata be; asking for any other would throw at every call. */
const KEY = /^[0-9a-zA-Z_.-]+$/;

function checkKeys(owner: string, option: string, keys: readonly string[] | undefined): readonly string[] {
  return checkArray(owner, option, keys, (key, path) => {
    if (typeof key !== 'string' || !KEY.test(key)) {
      throw invalidOption(owner, path, key, 'a key of metadata: letters, digits, "_", "-" and "."');
    }
  }).map((key) => key.toLowerCase());
}
