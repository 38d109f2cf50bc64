import type { TextMapPropagator } from '@opentelemetry/api';
import { type Clock, systemClock } from '../common/clock.js';
import { type AsyncLocalContextManager, processContextManager } from '../common/context-manager.js';
import { Diagnostics } from '../common/diagnostics.js';
import { invalidOption } from '../common/errors.js';
import {
  A_STRING,
  checkAll,
  checkArray,
  checkBoolean,
  checkFunction,
  checkMethods,
  checkNumber,
  checkOptions,
} from '../common/options.js';
import type { RandomSource } from '../common/random.js';
import { createResource, type Resource } from '../common/resource.js';
import { propagatorFromEnv } from '../trace/propagation/from-env.js';
import type { TelemetryOptions } from './options.js';
import { OWNER } from './owner.js';

/** What the three signals share. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: RandomSource | undefined;
  readonly diagnostics: Diagnostics;
  readonly resource: Resource;
  readonly env: Record<string, string | undefined>;
  readonly contextManager: AsyncLocalContextManager;
  readonly propagator: TextMapPropagator;
  /** Milliseconds for a flush or shutdown. */
  readonly timeout: number;
  readonly signals: readonly NodeJS.Signals[];
  readonly flushAtExit: boolean;
}

export function surroundingsOf(options: TelemetryOptions): Surroundings {
  checkOptions(OWNER, options, [
    'service',
    'resource',
    'logs',
    'traces',
    'metrics',
    'slos',
    'signals',
    'flushAtExit',
    'shutdownTimeout',
    'onTrouble',
    'env',
    'clock',
    'random',
    'contextManager',
  ]);
  const clock = checkMethods(OWNER, 'clock', options.clock ?? systemClock, [
    'now',
    'monotonic',
    'setTimeout',
  ]);
  const handler = checkFunction(OWNER, 'onTrouble', options.onTrouble);
  const diagnostics = new Diagnostics({ clock, ...(handler === undefined ? {} : { handler }) });
  checkAll(`${OWNER}: service`, options.service, [], {
    name: A_STRING,
    version: A_STRING,
    namespace: A_STRING,
    instanceId: A_STRING,
    environment: A_STRING,
  });
  const resource = createResource({
    diagnostics,
    ...(options.service === undefined ? {} : { service: options.service }),
    ...(options.resource === undefined ? {} : { attributes: options.resource }),
    ...(options.env === undefined ? {} : { env: options.env }),
  });
  return {
    clock,
    diagnostics,
    resource,
    env: options.env ?? process.env,
    random: options.random,
    contextManager: options.contextManager ?? processContextManager(),
    propagator:
      (options.traces ? options.traces.propagator : undefined) ??
      propagatorFromEnv({ diagnostics, ...(options.env === undefined ? {} : { env: options.env }) }),
    timeout: checkNumber(OWNER, 'shutdownTimeout', options.shutdownTimeout, 5_000, { min: 0 }),
    flushAtExit: checkBoolean(OWNER, 'flushAtExit', options.flushAtExit, true),
    signals: checkArray(OWNER, 'signals', options.signals, (signal, path) => {
      if (typeof signal !== 'string' || !signal.startsWith('SIG')) {
        throw invalidOption(OWNER, path, signal, 'the name of a signal, such as "SIGTERM"');
      }
    }),
  };
}
