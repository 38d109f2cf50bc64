/**
 * Every door of the package: the subpath that users import, and the source file behind it.
 *
 * The build reads this list; `test/package/doors.test.ts` holds `package.json` and `tsconfig.json` to it.
 */
export const doors = {
  '.': 'src/index.ts',
  './logs': 'src/logs/index.ts',
  './logs-api': 'src/logs/otel/index.ts',
  './log-store': 'src/logs/store/index.ts',
  './trace': 'src/trace/index.ts',
  './metrics': 'src/metrics/index.ts',
  './meter': 'src/metrics/otel/index.ts',
  './otlp': 'src/exporters/otlp/index.ts',
  './console': 'src/exporters/console.ts',
  './loki': 'src/exporters/loki/index.ts',
  './elasticsearch': 'src/exporters/elasticsearch/index.ts',
  './http-logs': 'src/exporters/http-logs/index.ts',
  './syslog': 'src/exporters/syslog/index.ts',
  './slack': 'src/exporters/slack/index.ts',
  './redaction': 'src/logs/redaction/index.ts',
  './events': 'src/logs/events/index.ts',
  './compat/pino': 'src/compat/pino/index.ts',
  './compat/winston': 'src/compat/winston.ts',
  './compat/console': 'src/compat/console.ts',
  './prometheus': 'src/exporters/prometheus/index.ts',
  './pushgateway': 'src/exporters/pushgateway/index.ts',
  './statsd': 'src/exporters/statsd/index.ts',
  './remote-write': 'src/exporters/remote-write/index.ts',
  './http': 'src/instrument/http.ts',
  './express': 'src/instrument/express.ts',
  './fastify': 'src/instrument/fastify.ts',
  './fetch': 'src/instrument/fetch.ts',
  './tail-sampling': 'src/trace/tail-sampling/index.ts',
  './zipkin': 'src/exporters/zipkin/index.ts',
  './span-metrics': 'src/instrument/span-metrics/index.ts',
  './spool': 'src/common/spool/index.ts',
  './grpc': 'src/instrument/grpc.ts',
  './sql': 'src/instrument/sql.ts',
  './messaging': 'src/instrument/messaging.ts',
  './transactions': 'src/instrument/transactions.ts',
  './compat/prom-client': 'src/compat/prom-client/index.ts',
  './cluster': 'src/metrics/cluster/index.ts',
  './query': 'src/query/index.ts',
  './rules': 'src/slo/rule-files.ts',
  './slo': 'src/slo/index.ts',
  './openslo': 'src/slo/openslo/index.ts',
  './testing': 'src/testing/index.ts',
  './vitest': 'src/testing/vitest.ts',
} as const;

export type Door = keyof typeof doors;

/** The name of the built file of a door, without its extension: `./logs` is `dist/logs.js`. */
export function outputName(door: Door): string {
  return door === '.' ? 'index' : door.slice(2);
}
