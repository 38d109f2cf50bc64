import type { Agent } from 'node:http';
import { type Pushgateway as Gateway, pushgateway } from '../../exporters/pushgateway/index.js';
import { type Registry, register } from './registry.js';
import type { RegistryContentType } from './types.js';

/** Of prom-client's options, which are those of `http.request`, the ones that are heeded here. */
export interface PushgatewayOptions {
  headers?: Record<string, string>;
  /** Milliseconds. */
  timeout?: number;
  agent?: Agent;
  auth?: string;
  /** Whether a push without a job is an error. Here it always is: the gateway refuses it. */
  requireJobName?: boolean;
}

/** prom-client's `Pushgateway`, over `pushgateway` of `telltale/pushgateway`. */
export class Pushgateway<C extends RegistryContentType = RegistryContentType> {
  readonly registry: Registry<C>;
  readonly gatewayUrl: string;
  readonly #gateway: Gateway;

  constructor(url: string, options: PushgatewayOptions = {}, registry?: Registry<C>) {
    this.registry = registry ?? (register as unknown as Registry<C>);
    this.gatewayUrl = url;
    const { headers = {}, timeout, agent, auth } = options;
    // What prom-client's own documents advise for compression is not true of what is sent here.
    const sent = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'content-encoding');
    if (auth !== undefined) sent.push(['authorization', `Basic ${Buffer.from(auth).toString('base64')}`]);
    this.#gateway = pushgateway({
      url,
      registry: this.registry.telltale,
      headers: Object.fromEntries(sent),
      ...(timeout === undefined ? {} : { timeout }),
      ...(agent === undefined ? {} : { agent }),
    });
  }

  /** Adds to what the group has. Rejects where the gateway refuses or cannot be reached. */
  async pushAdd(params: Pushgateway.Parameters): Promise<{ resp?: unknown; body?: unknown }> {
    await this.#gateway.pushAdd(checked(params));
    return {};
  }

  /** Puts the metrics in place of all that the group has. */
  async push(params: Pushgateway.Parameters): Promise<{ resp?: unknown; body?: unknown }> {
    await this.#gateway.push(checked(params));
    return {};
  }

  /** Takes the group away. */
  async delete(params: Pushgateway.Parameters): Promise<{ resp?: unknown; body?: unknown }> {
    await this.#gateway.delete(checked(params));
    return {};
  }
}

export declare namespace Pushgateway {
  interface Parameters {
    jobName: string;
    groupings?: Record<string, string>;
  }
}

function checked(params: Partial<Pushgateway.Parameters> | undefined): Pushgateway.Parameters {
  const { jobName, groupings } = params ?? {};
  if (!jobName) throw new Error('Missing jobName parameter');
  return { jobName, ...(groupings && { groupings }) };
}
