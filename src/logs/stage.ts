import type { Context, Span } from '@opentelemetry/api';
import type { Clock } from '../common/clock.js';
import type { Reporter } from '../common/diagnostics.js';
import type { Fields, LogCall } from './log-call.js';

/**
 * A line on its way through the stages to the sinks. Its fields are the caller's: a stage replaces them, it never
 * changes them.
 */
export interface LogDraft extends LogCall {
  now: number;
  message: string;
  fields: Fields | undefined;
  /** The context that was active at the call. */
  readonly context: Context | undefined;
  /** The span that was current at the call. */
  readonly span: Span | undefined;
  /** Another draft that says the same. */
  copy(): LogDraft;
}

/** What a logger tells its stages of where they live. */
export interface StageHost {
  readonly clock: Clock;
  readonly diagnostics: Reporter;
  /** Sends a draft through the stages behind this one and to the sinks: one that was held back, or a new one. */
  emit(draft: LogDraft): void;
}

/**
 * One thing that is done to every line before any sink sees it: redaction, sampling, a field more. Only lines
 * that the level lets through get here. What a stage throws costs the line and is told of; the caller of the
 * logger never sees it.
 */
export interface LogStage {
  /** Changes the draft as it likes; `false` keeps the line back. */
  process(draft: LogDraft): boolean | undefined;
  /** The same for fields that are bound: those of the logger, of a child, of `withContext`. */
  bind?(fields: Fields): Fields;
  /** Called by each logger that the stage is given to. */
  attach?(host: StageHost): void;
  /** Lets out what is held back: at a flush, at a fatal line, and at the shutdown. */
  flush?(): void;
}

/** A stage, or its `process` alone. */
export type Stage = LogStage | ((draft: LogDraft) => boolean) | ((draft: LogDraft) => void);

/** The options that take stages, in the order in which lines pass through them. */
export interface StageOptions {
  /** Which lines are written at all: `sampled`, `firstThenEvery`, `tokenBucket`, `deduplicated`. */
  sampling?: Stage | readonly Stage[];
  /** Where in the code the line was logged: `callerOf()`. */
  caller?: Stage;
  /** Which entries of the current baggage become fields: `baggageFields(['tenant'])`. */
  baggage?: Stage;
  /** Whatever else is to be done to a line. */
  stages?: Stage | readonly Stage[];
  /** How values under certain keys are written: `serializers({ user: (user) => user.id })`. */
  serializers?: Stage;
  /** What must not be written: `redaction({ paths: ['user.password'] })`. */
  redact?: Stage;
  /** Lines that are held until it is known whether they are wanted: `fingersCrossed()`. */
  buffer?: Stage;
}

export const STAGE_OPTIONS = [
  'sampling',
  'caller',
  'baggage',
  'stages',
  'serializers',
  'redact',
  'buffer',
] as const satisfies readonly (keyof StageOptions)[];
