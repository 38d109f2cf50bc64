/**
 * What a bundle of the built package weighs, minified and gzipped, when somebody imports just this.
 * The API of OpenTelemetry is a peer and does not count, nor does what Node brings along.
 */
const budget = (name, limit, imports) => ({
  name,
  limit,
  path: Object.keys(imports),
  import: imports,
  gzip: true,
  ignore: ['@opentelemetry/api'],
  modifyEsbuildConfig: (config) => ({ ...config, platform: 'node', format: 'esm', target: 'node20' }),
});

module.exports = [
  budget('logger alone', '6 kB', { 'dist/logs.js': '{ Logger, stdoutSink }' }),
  budget('metrics alone', '6 kB', { 'dist/metrics.js': '{ Registry, Counter, Gauge, Histogram }' }),
  budget('tracer alone', '8 kB', { 'dist/trace.js': '{ TracerProvider, BatchSpanProcessor }' }),
  budget('all three signals and OTLP', '25 kB', {
    'dist/index.js': '{ createTelemetry }',
    'dist/otlp.js': '{ otlpTraceExporter, otlpLogExporter, otlpMetricExporter }',
  }),
];
