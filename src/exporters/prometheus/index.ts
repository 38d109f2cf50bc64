export type { ScrapeAuth } from './authorize.js';
export { prometheusFastifyHandler, prometheusHandler, type Scrapable } from './handler.js';
export {
  type PrometheusServer,
  type PrometheusServerOptions,
  prometheusServer,
  type ScrapeTlsOptions,
} from './server.js';
