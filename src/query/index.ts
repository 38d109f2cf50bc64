export { formatDuration, parseDuration } from './duration.js';
export { type EmbeddedSourceOptions, embeddedSource } from './embedded-source.js';
export { PromqlEngine, type PromqlEngineOptions, type QuerySettings } from './engine/engine.js';
export { type Position, PromqlParseError, QueryError, type QueryErrorType } from './errors.js';
export {
  type Bucket,
  type CounterResetHint,
  FloatHistogram,
  type HistogramFields,
} from './histogram/histogram.js';
export { type ApiAnswer, QueryApi, type QueryApiOptions } from './http/api.js';
export { type QueryApiHandler, type QueryApiHandlerOptions, queryApiHandler } from './http/handler.js';
export { type PrometheusSourceOptions, prometheusSource } from './http/prometheus-source.js';
export {
  type ExposedExemplar,
  type ExposedSample,
  type Exposition,
  parseExposition,
} from './ingest/exposition.js';
export { ExpositionIngest, type ExpositionIngestOptions } from './ingest/exposition-ingest.js';
export { type HttpScraper, type HttpScraperOptions, httpScraper } from './ingest/http-scraper.js';
export {
  type RegistryScraper,
  type RegistryScraperOptions,
  registryScraper,
} from './ingest/registry-scraper.js';
export { Labels } from './labels.js';
export { Matcher, type MatchOperator } from './matcher.js';
export { type LoadOptions, loadSeries } from './notation/load.js';
export {
  type NotedSeries,
  type NotedValue,
  parseLabels,
  parseSeries,
  parseValues,
} from './notation/series.js';
export type { Expr } from './promql/ast.js';
export { type ParserOptions, parsePromql } from './promql/parser.js';
export { printPromql } from './promql/printer.js';
export type { QueryResult, ResultPoint, ResultSample, ResultSeries, ResultValue } from './result.js';
export { type RecordingRules, type RecordingRulesOptions, recordingRules } from './rules/recording.js';
export {
  type AlertRule,
  type RecordingRule,
  RuleFileError,
  type RuleGroup,
  readRuleGroups,
} from './rules/rule-file.js';
export type {
  InstantQueryOptions,
  LabelOptions,
  MetricSource,
  Moment,
  RangeQueryOptions,
  RequestOptions,
  SeriesOptions,
} from './source.js';
export type { Exemplar, ExemplarRing, SeriesExemplars } from './store/exemplars.js';
export type { MetadataTable, MetricMetadata } from './store/metadata.js';
export type { Series } from './store/series.js';
export { type RestoreReport, restoreSnapshot, saveSnapshot } from './store/snapshot.js';
export { type StoreStats, TimeSeriesStore, type TimeSeriesStoreOptions } from './store/store.js';
