/**
 * What is loaded by `import()` when it is first needed does not count: OTLP's JSON form, delta temporality, the search
 * for a log record that a back end refuses, the scrape server. A bundler that does not split puts it in all the same.
 */
const loadedLater = {
  name: 'loaded later',
  setup: (build) => {
    build.onResolve({ filter: /^\./ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path, external: true } : undefined,
    );
  },
};

/**
 * What a bundle of the built package weighs, minified and gzipped, when somebody imports just this.
 * The API of OpenTelemetry is a peer and does not count, nor does what Node brings along.
 *
 * The aims are 6 kB for the logger, 6 for metrics, 8 for the tracer and 25 for all three signals with OTLP. Where
 * a limit stands above its aim it stands just above what is reached, so that nothing grows unseen.
 */
const budget = (name, limit, imports) => ({
  name,
  limit,
  path: Object.keys(imports),
  import: imports,
  gzip: true,
  ignore: ['@opentelemetry/api'],
  modifyEsbuildConfig: (config) => ({
    ...config,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // tsup's chunks import one another barely for their order; esbuild says of each that it has no effect.
    logLevel: 'error',
    plugins: [loadedLater],
  }),
});

module.exports = [
  budget('logger alone (aim 6 kB)', '9.8 kB', { 'dist/logs.js': '{ Logger, stdoutSink }' }),
  budget('metrics alone', '6 kB', { 'dist/metrics.js': '{ Registry, Counter, Gauge, Histogram }' }),
  budget('tracer alone (aim 8 kB)', '8.8 kB', { 'dist/trace.js': '{ TracerProvider }' }),
  budget('all three signals and OTLP (aim 25 kB)', '34.5 kB', {
    'dist/logs.js': '{ Logger, stdoutSink, exporterSink }',
    'dist/metrics.js': '{ Registry, Counter, Gauge, Histogram, periodicExporter }',
    'dist/trace.js': '{ TracerProvider, BatchSpanProcessor }',
    'dist/otlp.js': '{ otlpTraceExporter, otlpLogExporter, otlpMetricExporter }',
  }),
  budget('createTelemetry and OTLP', '49.8 kB', {
    'dist/index.js': '{ createTelemetry }',
    'dist/otlp.js': '{ otlpTraceExporter, otlpLogExporter, otlpMetricExporter }',
  }),
];
