import * as api from '@opentelemetry/api';
import { Diagnostics } from '../../common/diagnostics.js';
import { checkMethods, checkOptions } from '../../common/options.js';
import type { ApiLoggerProvider, LogsApi } from './api-types.js';

export interface RegisterLogsOptions {
  /** What the API's `logs.getLogger` asks from now on. */
  provider: ApiLoggerProvider;
  /**
   * The `logs` of `@opentelemetry/api-logs`, where you use that. It is told of the provider with or without this;
   * with it, loggers that were asked for before find their provider as well.
   */
  api?: LogsApi;
  /** Told where somebody else is registered already. */
  diagnostics?: Diagnostics;
}

export interface LogsRegistration {
  /** Whether the provider is the global one of at least one of the two APIs. */
  readonly logs: boolean;
  /** Takes it back. */
  unregister(): void;
}

/** Where `@opentelemetry/api-logs` keeps its provider, and the version of that agreement. */
const API_LOGS = /* @__PURE__ */ Symbol.for('io.opentelemetry.js.api.logs');
const API_LOGS_VERSION = 1;

type Getter = (version: number) => ApiLoggerProvider;

/**
 * Makes a provider the global one of OpenTelemetry's logs API, in both places where that API stands: in
 * `@opentelemetry/api-logs`, and in `@opentelemetry/api` from 1.10 on. Where somebody else is registered already,
 * that one stays and `diagnostics` is told.
 *
 * @throws TelltaleError for an option that is unknown or wrong
 */
export function registerLogs(options: RegisterLogsOptions): LogsRegistration {
  const owner = 'registerLogs';
  const given = checkOptions(owner, options, ['provider', 'api', 'diagnostics']);
  const provider = checkMethods(owner, 'provider', given.provider, ['getLogger']);
  if (given.api !== undefined) checkMethods(owner, 'api', given.api, ['setGlobalLoggerProvider', 'disable']);
  const undo = [inApi(provider), inApiLogs(provider, given.api)].filter((one) => one !== undefined);
  if (undo.length === 0) {
    (given.diagnostics ?? new Diagnostics()).report(
      'global_taken',
      'logger provider',
      'another logger provider is registered with the OpenTelemetry API already, and stays; unregister it first, ' +
        'or use this provider without registering it',
    );
  }
  return {
    get logs() {
      return undo.length > 0;
    },
    unregister() {
      for (const back of undo.splice(0)) back();
    },
  };
}

/** The API of 1.10 and later. */
function inApi(provider: ApiLoggerProvider): (() => void) | undefined {
  const { logs } = api as unknown as { logs?: LogsApi };
  if (logs === undefined || logs.setGlobalLoggerProvider(provider) !== true) return undefined;
  return () => logs.disable();
}

function inApiLogs(provider: ApiLoggerProvider, logs: LogsApi | undefined): (() => void) | undefined {
  const global = globalThis as { [API_LOGS]?: Getter };
  if (global[API_LOGS] !== undefined) return undefined;
  if (logs !== undefined) {
    logs.setGlobalLoggerProvider(provider);
    return () => logs.disable();
  }
  const nothing: ApiLoggerProvider = { getLogger: () => ({ emit() {}, enabled: () => false }) };
  const getter: Getter = (version) => (version === API_LOGS_VERSION ? provider : nothing);
  global[API_LOGS] = getter;
  return () => {
    if (global[API_LOGS] === getter) delete global[API_LOGS];
  };
}
