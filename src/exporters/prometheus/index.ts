export { prometheusFastifyHandler, prometheusHandler, type Scrapable } from './handler.js';
export { type PrometheusServer, type PrometheusServerOptions, prometheusServer } from './server.js';
