/** A program that leaves one span and one log line behind and ends in the way that its argument names. */
import { createTelemetry } from 'telltale';
import { otlpTraceExporter } from 'telltale/otlp';

const [way, url] = process.argv.slice(2) as [string, string];
const telemetry = createTelemetry({
  service: { name: 'leaver' },
  traces: { exporters: [otlpTraceExporter({ url, protocol: 'http/json' })] },
  signals: ['SIGTERM'],
  shutdownTimeout: way === 'unreachable' ? 500 : 5_000,
});
telemetry.tracer.startSpan('last span').end();
telemetry.logger.info('last line');

if (way === 'own-handler') {
  process.on('SIGTERM', () => process.on('message', () => process.exit(7)));
}
if (way !== 'run-dry' && way !== 'unreachable') {
  setInterval(() => {}, 1_000);
  process.send?.('ready');
} else {
  process.disconnect();
}
