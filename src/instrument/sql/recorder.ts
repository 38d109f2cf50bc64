import type { Attributes, Context, Span, SpanOptions } from '@opentelemetry/api';
import { isTelemetrySuppressed } from '../../common/suppression.js';
import { withSpan } from '../../common/with-span.js';
import { type Guard, guardOf } from '../guard.js';
import { ignoreTest } from '../ignore.js';
import { errorType } from '../semconv.js';
import { type HttpSignals, resolveSignals, type Signals } from '../signals.js';
import { sqlDuration } from './metrics.js';
import type { SqlDatabase, SqlSettings, SqlStatement } from './options.js';
import { type Statement, statementReader } from './statement.js';

/** OpenTelemetry's `SpanKind.CLIENT` and `SpanStatusCode.ERROR`. */
const CLIENT = 2;
const ERROR = 2;

/** How many rows a statement brought, or changed. */
export interface RowCounts {
  readonly returned?: number | undefined;
  readonly affected?: number | undefined;
}

/** A statement that is under way. */
export interface SqlCall {
  readonly statement: SqlStatement;
  readonly database: SqlDatabase;
  readonly span: Span | undefined;
  /** What was current when the statement was given; callbacks go back there. */
  readonly caller: Context;
  /** With the span current. */
  readonly context: Context;
  /** Milliseconds of the monotonic clock. */
  readonly startedAt: number;
  ended: boolean;
}

/**
 * Makes the spans and measures the durations of statements, by OpenTelemetry's stable conventions for databases.
 * It never throws into the client.
 *
 * Specification: https://opentelemetry.io/docs/specs/semconv/database/database-spans/
 */
export class SqlRecorder {
  readonly guard: Guard;
  readonly #signals: Signals;
  readonly #settings: SqlSettings;
  readonly #read: (text: string) => Statement;
  readonly #ignored: ((summary: string, statement: SqlStatement) => boolean) | undefined;
  readonly #measure: ReturnType<typeof sqlDuration> | undefined;

  constructor(owner: string, system: string, telemetry: HttpSignals, settings: SqlSettings) {
    this.#settings = settings;
    this.#signals = resolveSignals(owner, telemetry);
    this.#read = statementReader(system);
    const { registry, diagnostics } = this.#signals;
    this.guard = guardOf(owner, diagnostics);
    this.#ignored = ignoreTest(owner, settings.ignore, diagnostics);
    this.#measure = registry === undefined ? undefined : sqlDuration(registry);
  }

  /**
   * Begins a statement. `undefined` where it is to be left alone. `since`: when it began, by `now()`, where that was
   * before.
   */
  start(text: string, database: SqlDatabase, since?: number): SqlCall | undefined {
    return this.guard('start_failed', 'a statement could not be watched', () => {
      const caller = this.#signals.contextManager.active();
      if (isTelemetrySuppressed(caller)) return undefined;
      const { masked, operation, collection, summary } = this.#read(text);
      const statement: SqlStatement = { text, operation, collection, summary };
      if (this.#ignored?.(summary ?? '', statement) === true) return undefined;
      const { tracer, clock } = this.#signals;
      const now = clock.monotonic();
      const startedAt = since ?? now;
      if (tracer === undefined) {
        return { statement, database, span: undefined, caller, context: caller, startedAt, ended: false };
      }
      const attributes = attributesOf(database, statement);
      if (this.#settings.text !== 'none') {
        attributes['db.query.text'] = this.#settings.text === 'full' ? text : masked;
      }
      const options: SpanOptions = { kind: CLIENT, attributes };
      if (since !== undefined) options.startTime = clock.now() - (now - since);
      const span = tracer.startSpan(summary ?? database.system, options, caller);
      const { onStatement } = this.#settings;
      if (onStatement !== undefined) {
        this.guard('hook_failed', 'onStatement threw', () => onStatement(span, statement));
      }
      return { statement, database, span, caller, context: withSpan(caller, span), startedAt, ended: false };
    });
  }

  /** The database has answered; `rowsOf` counts the rows of the answer. */
  succeeded(call: SqlCall, result: unknown, rowsOf: (result: unknown) => RowCounts): void {
    if (call.ended) return;
    call.ended = true;
    this.#tell(call, undefined);
    const { span } = call;
    if (span === undefined) return;
    this.guard('finish_failed', 'the rows of a result could not be counted', () => {
      const { returned, affected } = rowsOf(result);
      if (returned !== undefined) span.setAttribute('db.response.returned_rows', returned);
      // The conventions have no word for the rows that a statement changed.
      if (affected !== undefined) span.setAttribute('db.response.affected_rows', affected);
    });
    const { onResult } = this.#settings;
    if (onResult !== undefined) this.guard('hook_failed', 'onResult threw', () => onResult(span, result));
    span.end();
  }

  /** The statement has failed. */
  failed(call: SqlCall, error: unknown): void {
    if (call.ended) return;
    call.ended = true;
    const type = errorType(error);
    const code = this.guard('finish_failed', 'an error could not be read', () => statusCode(error));
    this.#tell(call, code === undefined ? { type } : { type, code });
    const { span } = call;
    if (span === undefined) return;
    this.guard('finish_failed', 'an error could not be recorded', () => {
      span.recordException(error as Error);
      span.setAttribute('error.type', type);
      if (code !== undefined) span.setAttribute('db.response.status_code', code);
      span.setStatus({ code: ERROR });
    });
    span.end();
  }

  /** Runs a function with the span of a statement current. */
  within<R>(call: SqlCall, fn: () => R): R {
    return this.#signals.contextManager.with(call.context, fn);
  }

  /** A callback that runs where the statement was given, whoever calls it. */
  bound<F extends (...args: never[]) => unknown>(caller: Context, callback: F): F {
    const { contextManager } = this.#signals;
    return function back(this: unknown, ...args: never[]): unknown {
      return contextManager.with(caller, () => callback.apply(this, args));
    } as F;
  }

  active(): Context {
    return this.#signals.contextManager.active();
  }

  now(): number {
    return this.#signals.clock.monotonic();
  }

  #tell(call: SqlCall, failure: { type: string; code?: string } | undefined): void {
    const measure = this.#measure;
    if (measure === undefined) return;
    const seconds = (this.#signals.clock.monotonic() - call.startedAt) / 1000;
    this.guard('metrics_failed', 'the duration of a statement could not be kept', () =>
      // Inside the context of the statement, so that exemplars carry its ids.
      this.within(call, () => measure(call.database, call.statement, failure, seconds)),
    );
  }
}

function attributesOf(database: SqlDatabase, { operation, collection, summary }: SqlStatement): Attributes {
  const attributes: Attributes = { 'db.system.name': database.system };
  if (database.namespace !== undefined) attributes['db.namespace'] = database.namespace;
  if (operation !== undefined) attributes['db.operation.name'] = operation;
  if (collection !== undefined) attributes['db.collection.name'] = collection;
  if (summary !== undefined) attributes['db.query.summary'] = summary;
  if (database.address !== undefined) attributes['server.address'] = database.address;
  if (database.port !== undefined) attributes['server.port'] = database.port;
  return attributes;
}

/** The code that the database gave the error: SQLSTATE, a vendor's number. Not the codes of Node's own errors. */
function statusCode(error: unknown): string | undefined {
  if (error === null || typeof error !== 'object') return undefined;
  const { code, errno, sqlState, number, syscall } = error as Record<string, unknown>;
  if (syscall !== undefined) return undefined;
  if (typeof sqlState === 'string' && sqlState !== '') return sqlState;
  if (typeof code === 'string' && /^(?:[0-9A-Z]{5}|SQLITE_\w+|ORA-\d+)$/.test(code)) return code;
  const vendor = [errno, number].find((value) => Number.isInteger(value));
  return vendor === undefined ? undefined : String(vendor);
}
