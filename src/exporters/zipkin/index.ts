export { type ZipkinExporter, type ZipkinExporterOptions, zipkinExporter } from './zipkin-exporter.js';
export { toZipkinSpan, type ZipkinEndpoint, type ZipkinSpan } from './zipkin-span.js';
