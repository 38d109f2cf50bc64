import { checkMethods } from '../../common/options.js';
import type { Registry } from '../registry.js';
import { asMessage, type Message } from './messages.js';
import { pack, snapshotOf } from './snapshot.js';

/** The line to whoever started this worker: `process`, or `parentPort` of `node:worker_threads`. */
export interface ParentPort {
  on(event: 'message', listener: (message: unknown) => void): unknown;
  off(event: 'message', listener: (message: unknown) => void): unknown;
  send?(message: unknown): unknown;
  postMessage?(message: unknown): void;
}

/**
 * Lets the primary read the metrics of this worker; to be called in each worker. Returns a function that ends it.
 * A listener on `parentPort` keeps a thread alive, as any other does.
 *
 * ```ts
 * shareMetrics(registry);             // in a worker of node:cluster
 * shareMetrics(registry, parentPort); // in a thread
 * ```
 */
export function shareMetrics(registry: Registry, port: ParentPort = process as ParentPort): () => void {
  checkMethods('shareMetrics', 'registry', registry, ['collect', 'getMetricsAsArray']);
  checkMethods('shareMetrics', 'port', port, ['on', 'off']);
  const { diagnostics } = registry.settings;

  async function answer(value: unknown): Promise<void> {
    const question = asMessage(value, 'metrics?');
    if (question === undefined) return;
    try {
      const body = pack(await snapshotOf(registry));
      const message: Message = { telltale: 'metrics!', request: question.request, body };
      if (port.postMessage !== undefined) port.postMessage(message);
      else port.send?.(message);
    } catch (error) {
      // The line was closed meanwhile.
      diagnostics.report('cluster_answer', 'shareMetrics', 'Metrics could not be sent to the primary', error);
    }
  }

  const listener = (value: unknown): void => void answer(value);
  port.on('message', listener);
  return () => void port.off('message', listener);
}
