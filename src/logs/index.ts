export { type CategoryLevels, categoryLevels } from './category-levels.js';
export { defineLevels, type LoggerClass, type LoggerWith } from './define-levels.js';
export { ecs } from './formats/ecs.js';
export { logfmt } from './formats/logfmt.js';
export { type PrettyOptions, pretty, terminalFormat } from './formats/pretty.js';
export { type Lazy, lazy } from './lazy.js';
export type { Level, LevelSource, LevelTable, LevelThreshold, LevelValue } from './level.js';
export { LevelVar } from './level-var.js';
export type { LogCall, LogFormat, LogSource } from './log-call.js';
export type { ErrorLogMethod, LogFields, LogMethod } from './log-method.js';
export { type ChildOptions, Logger } from './logger.js';
export type { LoggerOptions } from './logger-options.js';
export type {
  ApiLogger,
  ApiLoggerProvider,
  ApiLogRecord,
  LogRecordProcessor,
  LogsApi,
  ReadWriteLogRecord,
} from './otel/api-types.js';
export { LoggerProvider, type LoggerProviderOptions } from './otel/logger-provider.js';
export { processorSink } from './otel/processor-sink.js';
export type {
  AnyValue,
  LogAttributes,
  LogRecordExporter,
  ReadableLogRecord,
} from './readable-log-record.js';
export { cardNumbers } from './redaction/cards.js';
export type { Censor } from './redaction/censor.js';
export { emailAddresses } from './redaction/emails.js';
export { type RedactionOptions, redaction } from './redaction/redaction.js';
export type { Match, TextPattern } from './redaction/text-pattern.js';
export { bearerTokens } from './redaction/tokens.js';
export { type DeduplicatedOptions, deduplicated } from './sampling/deduplicated.js';
export { type FingersCrossedOptions, fingersCrossed } from './sampling/fingers-crossed.js';
export { type FirstThenEveryOptions, firstThenEvery } from './sampling/first-then-every.js';
export { type SampledOptions, sampled } from './sampling/sampled.js';
export { type TokenBucketOptions, tokenBucket } from './sampling/token-bucket.js';
export type { BufferOptions, Overflow } from './sinks/buffer-options.js';
export { type ExporterSinkOptions, exporterSink } from './sinks/exporter.js';
export { type FileSinkOptions, fileSink } from './sinks/file.js';
export { type LogHookOptions, logHook } from './sinks/hook.js';
export { type MemorySink, type MemorySinkOptions, memorySink } from './sinks/memory.js';
export { recordSink } from './sinks/record.js';
export { type RotatingFileSinkOptions, rotatingFileSink } from './sinks/rotating-file.js';
export type { LineSink, RecordSink, Sink, SinkFunction, SinkHost, SinkLifecycle } from './sinks/sink.js';
export { type SplitPoisonedOptions, splitPoisoned } from './sinks/split-poisoned.js';
export { type StderrSinkOptions, stderrSink } from './sinks/stderr.js';
export { type StdoutSinkOptions, stdoutSink } from './sinks/stdout.js';
export { type StreamLike, type StreamSinkOptions, streamSink } from './sinks/stream.js';
export { type WorkerWriterOptions, workerWriter } from './sinks/worker-writer.js';
export type { Writer } from './sinks/writer.js';
export {
  type LogDraft,
  type LogStage,
  STAGE_OPTIONS,
  type Stage,
  type StageHost,
  type StageOptions,
} from './stage.js';
export { baggageFields } from './stages/baggage-fields.js';
export { type CallerOptions, callerOf } from './stages/caller-of.js';
export { type Serializer, serializers } from './stages/serializers.js';
export { type ContextCarrier, withContext } from './with-context.js';
