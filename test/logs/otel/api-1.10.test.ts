import { logs } from 'opentelemetry-api-1.10';
import { afterAll, expect, it, vi } from 'vitest';
import { Logger, LoggerProvider, memorySink } from '../../../src/logs/index.js';
import { registerLogs } from '../../../src/logs/otel/index.js';

// Everything below, telltale included, sees the API's 1.10 line in place of the installed 1.9.
vi.mock('@opentelemetry/api', () => import('opentelemetry-api-1.10'));

afterAll(() => logs.disable());

it('is the provider of the logs API that the API itself carries from 1.10 on', () => {
  const sink = memorySink();
  const provider = new LoggerProvider({ logger: new Logger({ sinks: [sink] }) });
  const early = logs.getLogger('early');
  const registration = registerLogs({ provider });
  expect(registration.logs).toBe(true);
  expect(logs.getLoggerProvider()).toBe(provider);
  early.emit({ body: 'asked for before' });
  logs.getLogger('lib').emit({ body: 'x', severityNumber: 17 });
  expect(sink.records.map(({ msg, level }) => [msg, level])).toEqual([
    ['asked for before', 'info'],
    ['x', 'error'],
  ]);
  registration.unregister();
  expect(logs.getLogger('lib').enabled()).toBe(false);
});
